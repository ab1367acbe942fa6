//! Files of rows as text, a few megabytes at a time.

use crate::rows::csv::Ends;
use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom},
    ops::Range,
    path::Path,
};

/// Bytes that are read together: some ten thousand rows.
pub(super) const PART: u64 = 1 << 22;

/// The bytes from `start` to `end` in ranges of so many.
pub(super) fn ranges(start: u64, end: u64, size: u64) -> impl Iterator<Item = Range<u64>> {
    let starts = (0..).map(move |part| start + part * size).take_while(move |from| *from < end);
    starts.map(move |from| from..(from + size).min(end))
}

/// Reads the lines that begin in a range, each with its line break; answers where they begin in the file, and in the
/// buffer.
///
/// A range that begins in a line begins behind that line, which is of the range before it: so each line is read once.
pub(super) fn lines(
    file: &mut File,
    range: &Range<u64>,
    first: u64,
    buffer: &mut Vec<u8>,
) -> io::Result<(u64, usize)> {
    // The line before ends with the byte before.
    let from = if range.start > first { range.start - 1 } else { range.start };
    fill(file, &(from..range.end), buffer)?;
    let mut start = 0;
    if from < range.start {
        // A break that is the range's last byte begins a line of the next range.
        let within = buffer.len().saturating_sub(1);
        match buffer.iter().take(within).position(|byte| *byte == b'\n') {
            Some(before) => start = before + 1,
            None => buffer.clear(),
        }
    }
    if buffer.len() > start && buffer.last() != Some(&b'\n') {
        BufReader::new(file).read_until(b'\n', buffer)?;
    }
    Ok((from + start as u64, start))
}

/// Reads these bytes.
pub(super) fn fill(file: &mut File, range: &Range<u64>, buffer: &mut Vec<u8>) -> io::Result<()> {
    buffer.clear();
    file.seek(SeekFrom::Start(range.start))?;
    file.take(range.end - range.start).read_to_end(buffer)?;
    Ok(())
}

/// How many lines end before this byte.
pub(super) fn lines_before(path: &Path, at: u64) -> io::Result<u64> {
    let mut reader = BufReader::with_capacity(1 << 16, File::open(path)?.take(at));
    let mut lines = 0;
    loop {
        let read = reader.fill_buf()?;
        if read.is_empty() {
            return Ok(lines);
        }
        lines += line_breaks(read);
        let length = read.len();
        reader.consume(length);
    }
}

/// How many lines end in the bytes.
pub(super) fn line_breaks(bytes: &[u8]) -> u64 {
    bytes.split(|byte| *byte == b'\n').skip(1).count() as u64
}

/// Where a CSV file has quotes: ranges of so many bytes or more that end where records end. None where it has none, so that lines are records.
pub(super) fn record_ends(path: &Path, header: u64, size: u64) -> io::Result<Option<Vec<Range<u64>>>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(header))?;
    let mut reader = BufReader::with_capacity(1 << 18, file);
    let (mut at, mut start, mut is_quoted) = (header, header, false);
    let (mut ranges, mut ends) = (Vec::new(), Ends::default());
    loop {
        let read = reader.fill_buf()?;
        if read.is_empty() {
            break;
        }
        // Without quotes so far, a record ended with the last line, or is in a field.
        if !is_quoted && !read.contains(&b'"') {
            ends = Ends::behind(read, ends);
            let last = read.iter().rposition(|byte| *byte == b'\n');
            at += read.len() as u64;
            if let Some(last) = last.filter(|_| at - start >= size) {
                let end = at - (read.len() - last - 1) as u64;
                ranges.push(start..end);
                start = end;
            }
        } else {
            is_quoted = true;
            for byte in read {
                at += 1;
                if ends.ends(*byte) && at - start >= size {
                    ranges.push(start..at);
                    start = at;
                }
            }
        }
        let length = read.len();
        reader.consume(length);
    }
    ranges.extend((start < at).then_some(start..at));
    Ok(is_quoted.then_some(ranges))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write as _;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    proptest! {
        /// Each line once, whatever the sizes.
        #[test]
        fn ranges_have_each_line_once(text in "([a-c]{0,9}\n){0,9}[a-c]{0,5}", first in 0_usize..20, size in 1_u64..20) {
            let first = text.as_bytes().iter().enumerate().position(|(at, _)| at >= first && text.as_bytes()[at - usize::from(at > 0)] == b'\n').unwrap_or(0);
            let file = file(&text);
            let (mut all, mut buffer) = (Vec::new(), Vec::new());
            for range in ranges(first as u64, text.len() as u64, size) {
                let mut opened = file.reopen().unwrap();
                let (at, start) = lines(&mut opened, &range, first as u64, &mut buffer).unwrap();
                let lines = &buffer[start..];
                prop_assert_eq!(lines, &text.as_bytes()[usize::try_from(at).unwrap()..][..lines.len()]);
                all.extend_from_slice(lines);
            }
            prop_assert_eq!(String::from_utf8(all).unwrap(), &text[first..]);
        }

        /// Against the CSV library, which tells where its records begin.
        #[test]
        fn records_end_where_the_library_ends_them(text in "[ab,\"\n\r]{0,60}", size in 1_u64..12) {
            let file = file(&text);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let mut record = csv::ByteRecord::new();
            let mut begins = vec![0];
            while reader.read_byte_record(&mut record).unwrap() {
                begins.push(reader.position().byte());
            }
            let Some(ranges) = record_ends(file.path(), 0, size).unwrap() else {
                prop_assert!(!text.contains('"'));
                return Ok(());
            };
            let mut end = 0;
            for range in ranges {
                prop_assert_eq!(range.start, end);
                end = range.end;
                // A record may begin behind blank lines, which the library counts to the record before or behind.
                let blank = text.as_bytes()[usize::try_from(end).unwrap()..].iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count() as u64;
                let begins_here = (end..=end + blank).any(|at| begins.contains(&at));
                let ends_here = begins.iter().any(|at| *at <= end && text.as_bytes()[usize::try_from(*at).unwrap()..usize::try_from(end).unwrap()].iter().all(|byte| matches!(byte, b'\n' | b'\r')));
                prop_assert!(end == text.len() as u64 || begins_here || ends_here, "{:?} {} {:?}", text, end, begins);
            }
            prop_assert_eq!(end, text.len() as u64);
        }
    }

    #[test]
    fn lines_are_counted() {
        let file = file("a\n\nb\r\nc");
        let before = |at| lines_before(file.path(), at).unwrap();
        assert_eq!([before(0), before(1), before(2), before(3), before(100)], [0, 0, 1, 2, 3]);
    }
}
