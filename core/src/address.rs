//! Internet addresses and the blocks they lie in, as 128 bits.
//!
//! An IPv4 address is its IPv4-mapped IPv6 address, so that both families are one line of numbers: `192.0.2.1`
//! and `::ffff:192.0.2.1` are the same address. It follows that `::/0` holds every IPv4 address, too.
//!
//! Source: Hinden and Deering, "IP Version 6 Addressing Architecture", RFC 4291, 2006, sections 2.2 (texts),
//! 2.3 (prefixes) and 2.5.5.2 (IPv4-mapped); Fuller and Li, "Classless Inter-domain Routing", RFC 4632, 2006,
//! section 3.1 (IPv4 prefixes).

/// The bits of an address.
const BITS: u32 = 128;

/// The address that `text` spells, most significant byte first, or nothing where it spells none.
///
/// Accepted are four decimal numbers of 0 to 255 without leading zeros (`192.0.2.1`), and the three forms of
/// RFC 4291, section 2.2: eight groups of one to four hexadecimal digits of either case, `::` once in place of one or
/// more groups of zeros, and an IPv4 address in place of the last two groups. Not accepted are ports, brackets,
/// zones (`fe80::1%eth0`), white space, and IPv4 in hexadecimal, in octal or of fewer than four numbers.
#[must_use]
pub fn parse(text: &[u8]) -> Option<[u8; 16]> {
    address(text).map(bytes)
}

/// The first and the last address of the block that `text` spells, or nothing where it spells none.
///
/// A block is an address as [`parse`] reads it, `/`, and the length of its prefix in bits: 0 to 32 where the address
/// is spelled as IPv4, else 0 to 128, in decimal without sign or leading zeros. The bits behind the prefix must be
/// zero: `10.0.0.0/8`, but not `10.1.2.3/8`, which leaves open what was meant. An address alone is a block of one.
#[must_use]
pub fn network(text: &[u8]) -> Option<([u8; 16], [u8; 16])> {
    let mut parts = text.splitn(2, |&byte| byte == b'/');
    let spelled = parts.next()?;
    let first = address(spelled)?;
    let width = if spelled.contains(&b':') { BITS } else { 32 };
    let prefix = parts.next().map_or(Some(width), |digits| decimal(digits, width))?;
    // The shift is by all 128 bits where the block is one address: nothing is left of the ones.
    let behind = u128::MAX.checked_shr(BITS.saturating_sub(width.saturating_sub(prefix))).unwrap_or(0);
    (first & behind == 0).then_some((bytes(first), bytes(first | behind)))
}

/// Most significant byte first.
#[inline(never)] // Here and below: once in the code that a browser loads, not at every call.
fn bytes(address: u128) -> [u8; 16] {
    address.to_be_bytes()
}

fn address(text: &[u8]) -> Option<u128> {
    if !text.contains(&b':') {
        return ipv4(text).map(|address| 0xffff_0000_0000 | u128::from(address));
    }
    let Some(gap) = text.windows(2).position(|pair| pair == b"::") else {
        let whole = Groups::read(text)?;
        return (whole.bits == BITS).then_some(whole.value);
    };
    let (head, tail) = text.split_at_checked(gap)?;
    let head = Groups::read(head)?;
    let tail = Groups::read(tail.get(2..)?)?;
    // The gap is 16 bits at least, and an IPv4 address is the last of the address.
    if head.bits.saturating_add(tail.bits) >= BITS || head.ends_in_ipv4 {
        return None;
    }
    // The shift is by all 128 bits where nothing stands before the gap.
    let head = head.value.checked_shl(BITS.saturating_sub(head.bits)).unwrap_or(0);
    Some(head | tail.value)
}

/// Groups between colons: the low `bits` of `value`.
struct Groups {
    value: u128,
    bits: u32,
    ends_in_ipv4: bool,
}

impl Groups {
    #[inline(never)]
    fn read(text: &[u8]) -> Option<Self> {
        let mut groups = Self { value: 0, bits: 0, ends_in_ipv4: false };
        if text.is_empty() {
            return Some(groups);
        }
        for part in text.split(|&byte| byte == b':') {
            if groups.ends_in_ipv4 {
                return None;
            }
            groups.ends_in_ipv4 = part.contains(&b'.');
            let (value, bits) = if groups.ends_in_ipv4 { (ipv4(part)?, 32) } else { (number(part, 16)?, 16) };
            groups.value = groups.value.wrapping_shl(bits) | u128::from(value);
            groups.bits = groups.bits.saturating_add(bits);
        }
        Some(groups)
    }
}

/// Four decimal numbers between dots.
#[inline(never)]
fn ipv4(text: &[u8]) -> Option<u32> {
    let (mut address, mut count) = (0_u32, 0_u32);
    for part in text.split(|&byte| byte == b'.') {
        address = address << 8 | decimal(part, 255)?;
        count = count.saturating_add(1);
    }
    (count == 4).then_some(address)
}

/// A decimal number without leading zeros, at most `largest`.
fn decimal(text: &[u8], largest: u32) -> Option<u32> {
    let has_leading_zero = matches!(text, [b'0', _, ..]);
    number(text, 10).filter(|&number| number <= largest && !has_leading_zero)
}

/// One to four digits.
#[inline(never)]
fn number(text: &[u8], radix: u32) -> Option<u32> {
    if !matches!(text.len(), 1..=4) {
        return None;
    }
    text.iter().try_fold(0_u32, |number, &digit| {
        let digit = char::from(digit).to_digit(radix)?;
        Some(number.wrapping_mul(radix).wrapping_add(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};
    use std::{
        format,
        net::{IpAddr, Ipv4Addr, Ipv6Addr},
        string::{String, ToString as _},
        vec::Vec,
    };

    fn octets(groups: [u16; 8]) -> [u8; 16] {
        Ipv6Addr::from(groups).octets()
    }

    #[test]
    fn the_texts_of_the_rfc_are_read() {
        // RFC 4291, section 2.2: the examples of its forms 1, 2 and 3.
        for (text, groups) in [
            (
                "ABCD:EF01:2345:6789:ABCD:EF01:2345:6789",
                [0xabcd, 0xef01, 0x2345, 0x6789, 0xabcd, 0xef01, 0x2345, 0x6789],
            ),
            ("2001:DB8:0:0:8:800:200C:417A", [0x2001, 0xdb8, 0, 0, 8, 0x800, 0x200c, 0x417a]),
            ("2001:DB8::8:800:200C:417A", [0x2001, 0xdb8, 0, 0, 8, 0x800, 0x200c, 0x417a]),
            ("FF01:0:0:0:0:0:0:101", [0xff01, 0, 0, 0, 0, 0, 0, 0x101]),
            ("FF01::101", [0xff01, 0, 0, 0, 0, 0, 0, 0x101]),
            ("0:0:0:0:0:0:0:1", [0, 0, 0, 0, 0, 0, 0, 1]),
            ("::1", [0, 0, 0, 0, 0, 0, 0, 1]),
            ("0:0:0:0:0:0:0:0", [0; 8]),
            ("::", [0; 8]),
            ("0:0:0:0:0:0:13.1.68.3", [0, 0, 0, 0, 0, 0, 0xd01, 0x4403]),
            ("::13.1.68.3", [0, 0, 0, 0, 0, 0, 0xd01, 0x4403]),
            ("0:0:0:0:0:FFFF:129.144.52.38", [0, 0, 0, 0, 0, 0xffff, 0x8190, 0x3426]),
            ("::FFFF:129.144.52.38", [0, 0, 0, 0, 0, 0xffff, 0x8190, 0x3426]),
        ] {
            assert_eq!(parse(text.as_bytes()), Some(octets(groups)), "{text}");
        }
    }

    #[test]
    fn an_ipv4_address_is_its_ipv4_mapped_address() {
        for (text, mapped) in [
            ("0.0.0.0", "::ffff:0.0.0.0"),
            ("192.0.2.1", "::ffff:192.0.2.1"),
            ("192.0.2.1", "::FFFF:c000:201"),
            ("255.255.255.255", "0:0:0:0:0:ffff:255.255.255.255"),
        ] {
            assert!(parse(text.as_bytes()).is_some(), "{text}");
            assert_eq!(parse(text.as_bytes()), parse(mapped.as_bytes()), "{text} and {mapped}");
        }
    }

    #[test]
    fn a_gap_stands_for_one_group_at_least() {
        let groups = [1, 2, 3, 4, 5, 6, 7, 0];
        assert_eq!(parse(b"1:2:3:4:5:6:7::"), Some(octets(groups)));
        assert_eq!(parse(b"::2:3:4:5:6:7:8"), Some(octets([0, 2, 3, 4, 5, 6, 7, 8])));
        assert_eq!(parse(b"1:2:3:4:5::1.2.3.4"), Some(octets([1, 2, 3, 4, 5, 0, 0x102, 0x304])));
        for text in ["1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "1:2:3:4:5:6::1.2.3.4"] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_nothing() {
        for text in [
            "",
            "1",
            "1.2.3",
            "1.2.3.4.5",
            "1.2.3.",
            ".1.2.3",
            "1..2.3",
            "256.0.0.1",
            "1.2.3.1000",
            "01.2.3.4",
            "1.2.3.00",
            "0x1.2.3.4",
            "+1.2.3.4",
            " 1.2.3.4",
            "1.2.3.4 ",
            "1.2.3.4:80",
            ":",
            ":::",
            "1:::2",
            "::1::",
            "1::2::3",
            ":1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "12345::",
            "g::",
            "::1%eth0",
            "[::1]",
            "1.2.3.4::",
            "::1.2.3.4:1",
            "::1.2.3",
            "1:2:3:4:5:6:7:1.2.3.4",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
            assert_eq!(network(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_block_is_its_first_and_its_last_address() {
        for (text, first, last) in [
            // RFC 4632, section 3.1, and RFC 4291, section 2.3.
            ("172.16.0.0/12", "172.16.0.0", "172.31.255.255"),
            ("192.168.0.0/16", "192.168.0.0", "192.168.255.255"),
            ("2001:0DB8:0:CD30::/60", "2001:db8:0:cd30::", "2001:db8:0:cd3f:ffff:ffff:ffff:ffff"),
            // Both ends of both ranges.
            ("0.0.0.0/0", "0.0.0.0", "255.255.255.255"),
            ("128.0.0.0/1", "128.0.0.0", "255.255.255.255"),
            ("192.0.2.2/31", "192.0.2.2", "192.0.2.3"),
            ("192.0.2.1/32", "192.0.2.1", "192.0.2.1"),
            ("192.0.2.1", "192.0.2.1", "192.0.2.1"),
            ("::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("8000::/1", "8000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("2001:db8::2/127", "2001:db8::2", "2001:db8::3"),
            ("2001:db8::1/128", "2001:db8::1", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1", "2001:db8::1"),
            ("::ffff:10.0.0.0/104", "10.0.0.0", "10.255.255.255"),
        ] {
            let expected = parse(first.as_bytes()).zip(parse(last.as_bytes()));
            assert!(expected.is_some(), "{first} and {last}");
            assert_eq!(network(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_block_is_nothing() {
        for text in [
            // RFC 4291, section 2.3: not legal representations of the prefix above.
            "2001:0DB8:0:CD3/60",
            "2001:0DB8::CD30/60",
            "2001:0DB8::CD3/60",
            "10.1.2.3/8",
            "128.0.0.0/0",
            "192.0.2.1/31",
            "2001:db8::1/127",
            "192.0.2.1/33",
            "::/129",
            "::/1000",
            "10.0.0.0/",
            "10.0.0.0/08",
            "10.0.0.0/+8",
            "10.0.0.0/-8",
            "10.0.0.0/ 8",
            "10.0.0.0/8/8",
            "10.0.0.0/255.0.0.0",
            "/8",
            "10.0.0/8",
        ] {
            assert_eq!(network(text.as_bytes()), None, "{text}");
        }
    }

    /// What `std::net` reads.
    fn reference(text: &[u8]) -> Option<[u8; 16]> {
        let address: IpAddr = str::from_utf8(text).ok()?.parse().ok()?;
        Some(mapped(address))
    }

    fn mapped(address: IpAddr) -> [u8; 16] {
        match address {
            IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
            IpAddr::V6(address) => address.octets(),
        }
    }

    /// Addresses with runs of zeros and ones, in which gaps and every length of a prefix occur.
    fn ipv6() -> impl Strategy<Value = Ipv6Addr> {
        let group = prop_oneof![3 => Just(0), 1 => Just(0xffff), 2 => any::<u16>(), 1 => 0..0x100_u16];
        proptest::array::uniform8(group).prop_map(Ipv6Addr::from)
    }

    fn addresses() -> impl Strategy<Value = IpAddr> {
        prop_oneof![any::<u32>().prop_map(|bits| Ipv4Addr::from(bits).into()), ipv6().prop_map(IpAddr::from)]
    }

    /// Spellings that `std` reads, but does not write, too.
    fn spelled() -> impl Strategy<Value = String> {
        let written_out = ipv6().prop_map(|address| {
            let groups: Vec<_> = address.segments().iter().map(|group| format!("{group:04X}")).collect();
            groups.join(":")
        });
        let ends_in_ipv4 = (ipv6(), any::<u32>()).prop_map(|(address, last)| {
            let groups: Vec<_> = address.segments()[..6].iter().map(|group| format!("{group:x}")).collect();
            format!("{}:{}", groups.join(":"), Ipv4Addr::from(last))
        });
        prop_oneof![addresses().prop_map(|address| address.to_string()), written_out, ends_in_ipv4]
    }

    /// Bytes that addresses are made of, and some that they are not.
    fn alphabet() -> impl Strategy<Value = u8> {
        proptest::sample::select(&b"0129afF.:::/%[ g\xc3"[..])
    }

    fn mutated() -> impl Strategy<Value = Vec<u8>> {
        let edits = vec((any::<prop::sample::Index>(), proptest::option::of(alphabet())), 1..4);
        (spelled(), edits).prop_map(|(text, edits)| {
            let mut bytes = text.into_bytes();
            for (index, byte) in edits {
                let at = index.index(bytes.len() + 1);
                match byte {
                    Some(byte) => bytes.insert(at, byte),
                    None if at < bytes.len() => _ = bytes.remove(at),
                    None => {}
                }
            }
            bytes
        })
    }

    proptest! {
        #[test]
        fn addresses_are_read_as_std_does(text in spelled()) {
            let expected = reference(text.as_bytes());
            prop_assert!(expected.is_some());
            prop_assert_eq!(parse(text.as_bytes()), expected);
        }

        #[test]
        fn mutated_addresses_are_read_as_std_does(text in mutated()) {
            prop_assert_eq!(parse(&text), reference(&text));
        }

        #[test]
        fn short_texts_are_read_as_std_does(text in vec(alphabet(), 0..12)) {
            prop_assert_eq!(parse(&text), reference(&text));
        }

        #[test]
        fn random_bytes_are_read_as_std_does(text in vec(any::<u8>(), 0..64)) {
            prop_assert_eq!(parse(&text), reference(&text));
            prop_assert_eq!(network(&text), reference(&text).map(|address| (address, address)));
        }

        #[test]
        fn a_block_is_what_shares_its_prefix(address in addresses(), prefix in 0..=130_usize) {
            let (bits, width) = match address {
                IpAddr::V4(address) => (format!("{:032b}", address.to_bits()), 32),
                IpAddr::V6(address) => (format!("{:0128b}", address.to_bits()), 128),
            };
            let found = network(format!("{address}/{prefix}").as_bytes());
            if prefix > width {
                prop_assert_eq!(found, None);
                return Ok(());
            }
            let end = |digit: &str| {
                let bits = format!("{}{}", &bits[..prefix], digit.repeat(width - prefix));
                if width == 32 {
                    IpAddr::from(Ipv4Addr::from_bits(u32::from_str_radix(&bits, 2).unwrap()))
                } else {
                    IpAddr::from(Ipv6Addr::from_bits(u128::from_str_radix(&bits, 2).unwrap()))
                }
            };
            let (first, last) = (end("0"), end("1"));
            prop_assert_eq!(found.is_some(), address == first);
            let block = network(format!("{first}/{prefix}").as_bytes());
            prop_assert_eq!(block, Some((mapped(first), mapped(last))));
        }
    }
}
