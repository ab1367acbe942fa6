//! The same hash as the crate's and as the reference implementation's.

use super::{hash, hash_wide};
use siphasher::{sip, sip128};
use std::{hash::Hasher as _, vec::Vec};

const K0: u64 = 0x0706_0504_0302_0100;
const K1: u64 = 0x0f0e_0d0c_0b0a_0908;

/// 0, 1, 2 and so on.
fn counted(length: u8) -> Vec<u8> {
    (0..length).collect()
}

/// From `vectors.h` of the reference implementation, bytes in the order in which they stand there: the input counts
/// its own bytes, as the key does. OpenSSL's SIPHASH gives the same.
#[test]
fn hashes_are_those_of_the_reference_implementation() {
    let vectors: [(u8, u64, u128); 5] = [
        (0, 0x310e_0edd_47db_6f72, 0xa381_7f04_ba25_a8e6_6df6_7214_c755_0293),
        (1, 0xfd67_dc93_c539_f874, 0xda87_c1d8_6b99_af44_3476_5911_9b22_fc45),
        (15, 0xe545_be49_61ca_29a1, 0x5493_e999_33b0_a811_7e08_ec0f_97cf_c3d9),
        (16, 0xdb9b_c257_7fcc_2a3f, 0x6ee2_a4ca_67b0_54bb_fd33_15bf_8523_0577),
        (63, 0x7245_06eb_4c32_8a95, 0x5150_d177_2f50_834a_503e_069a_973f_bd7c),
    ];
    for (length, narrow, wide) in vectors {
        let input = counted(length);
        assert_eq!(hash(K0, K1, &input).swap_bytes(), narrow, "{length} bytes");
        let [low, high] = hash_wide(K0, K1, &[], &input).map(u64::swap_bytes);
        assert_eq!(u128::from(low) << 64 | u128::from(high), wide, "{length} bytes");
    }
}

#[test]
fn hashes_of_every_length_are_those_of_the_crate() {
    for length in 0..=u8::MAX {
        let input = counted(length);
        assert_eq!(hash(K0, K1, &input), sip::SipHasher24::new_with_keys(K0, K1).hash(&input));
        let expected = sip128::SipHasher24::new_with_keys(K0, K1).hash(&input);
        assert_eq!(hash_wide(K0, K1, &[], &input), [expected.h1, expected.h2]);
    }
}

#[test]
fn words_and_what_follows_are_hashed_as_one() {
    let input = counted(100);
    let mut hasher = sip128::SipHasher24::new_with_keys(K0, K1);
    hasher.write(&input);
    let expected = sip128::Hasher128::finish128(&hasher);
    for middle in (0..input.len()).step_by(8) {
        let (head, tail) = input.split_at(middle);
        assert_eq!(hash_wide(K0, K1, head.as_chunks().0, tail), [expected.h1, expected.h2]);
    }
}
