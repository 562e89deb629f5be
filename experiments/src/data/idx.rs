//! IDX files of unsigned bytes, the format of MNIST: `00 00 08 n`, then `n` sizes (32 bits, big endian), then the
//! elements in row-major order. Plain or gzipped; which one shows in the first two bytes.

use std::io::{BufRead, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::DataError;

/// The content of an IDX file with `N` dimensions.
pub(super) struct IdxArray<const N: usize> {
    pub(super) sizes: [usize; N],
    pub(super) elements: Vec<u8>,
}

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const UNSIGNED_BYTE: u8 = 0x08;
/// Against files whose sizes are nonsense; the largest data set known here has 47 million.
const MAX_ELEMENTS: usize = 1 << 30;

/// Reads a whole file; `file` is for messages.
///
/// # Errors
/// [`DataError::Idx`] with the place where the file is not what it should be.
pub(super) fn read<const N: usize>(mut reader: impl BufRead, file: &Path) -> Result<IdxArray<N>, DataError> {
    let start = reader.fill_buf().map_err(|error| fail(file, 0, error))?;
    if start.starts_with(&GZIP_MAGIC) {
        read_plain(MultiGzDecoder::new(reader), file)
    } else {
        read_plain(reader, file)
    }
}

fn read_plain<const N: usize>(mut reader: impl Read, file: &Path) -> Result<IdxArray<N>, DataError> {
    let header_length = 4 + 4 * N;
    let header = read_at_most(&mut reader, header_length, file, 0)?;
    let magic = [0, 0, UNSIGNED_BYTE, u8::try_from(N).expect("IDX files here have up to three dimensions")];
    if !header.starts_with(&magic) {
        let found = &header[..header.len().min(4)];
        let reason = format!(
            "starts with {found:02x?}, where an IDX file of bytes in {N} dimension(s) has {magic:02x?}"
        );
        return Err(fail(file, 0, reason));
    }
    if header.len() < header_length {
        return Err(fail(file, header.len(), format!("ends inside its header of {header_length} bytes")));
    }
    let mut sizes = [0; N];
    for (axis, size) in sizes.iter_mut().enumerate() {
        let bytes = &header[4 + 4 * axis..8 + 4 * axis];
        *size = bytes.iter().fold(0, |value, byte| value << 8 | usize::from(*byte));
    }
    let count = sizes.iter().try_fold(1_usize, |product, size| product.checked_mul(*size));
    let Some(count) = count.filter(|count| *count <= MAX_ELEMENTS) else {
        return Err(fail(file, 4, format!("sizes {sizes:?} are too large")));
    };

    let elements = read_at_most(&mut reader, count + 1, file, header_length)?;
    if elements.len() < count {
        let reason = format!("ends after {} of {count} elements; fetch the file again", elements.len());
        return Err(fail(file, header_length + elements.len(), reason));
    }
    if elements.len() > count {
        return Err(fail(file, header_length + count, format!("goes on after its {count} elements")));
    }
    Ok(IdxArray { sizes, elements })
}

/// Up to `count` bytes: fewer only at the end of the file.
fn read_at_most(reader: impl Read, count: usize, file: &Path, offset: usize) -> Result<Vec<u8>, DataError> {
    let mut bytes = Vec::new();
    match reader.take(count as u64).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(fail(file, offset + bytes.len(), error)),
    }
}

fn fail(file: &Path, offset: usize, reason: impl ToString) -> DataError {
    DataError::Idx { file: file.to_owned(), offset: offset as u64, reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const SMALL: &[u8] = &[0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6];

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).expect("writes to memory");
        encoder.finish().expect("writes to memory")
    }

    fn read_small(bytes: &[u8]) -> Result<IdxArray<2>, DataError> {
        read(bytes, Path::new("small"))
    }

    #[test]
    fn plain_and_gzipped_files_read_alike() {
        let mut two_members = gzip(&SMALL[..9]);
        two_members.extend(gzip(&SMALL[9..]));
        for bytes in [SMALL.to_vec(), gzip(SMALL), two_members] {
            let array = read_small(&bytes).expect("well formed");
            assert_eq!(array.sizes, [2, 3]);
            assert_eq!(array.elements, [1, 2, 3, 4, 5, 6]);
        }
    }

    #[test]
    fn damage_is_located() {
        let with = |bytes: &[u8]| [SMALL, bytes].concat();
        let patched = |index: usize, value: u8| {
            let mut bytes = SMALL.to_vec();
            bytes[index] = value;
            bytes
        };
        let cases: [(Vec<u8>, &str); 9] = [
            (vec![], "at byte 0: starts with []"),
            (b"<html>".to_vec(), "at byte 0: starts with [3c, 68, 74, 6d]"),
            (patched(2, 0x0d), "at byte 0: starts with [00, 00, 0d, 02]"),
            (patched(3, 3), "at byte 0: starts with [00, 00, 08, 03]"),
            (SMALL[..10].to_vec(), "at byte 10: ends inside its header of 12 bytes"),
            (patched(4, 0xff), "at byte 4: sizes [4278190082, 3] are too large"),
            (SMALL[..16].to_vec(), "at byte 16: ends after 4 of 6 elements"),
            (patched(11, 4), "at byte 18: ends after 6 of 8 elements"),
            (with(&[7]), "at byte 18: goes on after its 6 elements"),
        ];
        for (bytes, message) in cases {
            for bytes in [gzip(&bytes), bytes] {
                let error = read_small(&bytes).err().expect(message).to_string();
                assert!(error.starts_with(&format!("small: {message}")), "{error}");
            }
        }
    }

    #[test]
    fn damaged_compression_is_an_error() {
        let whole = gzip(SMALL);
        for length in 2..whole.len() {
            assert!(read_small(&whole[..length]).is_err(), "cut after {length} bytes");
        }
        let mut trailing = whole.clone();
        trailing.extend(b"more");
        assert!(read_small(&trailing).is_err());
        let mut flipped = whole;
        let checksum = flipped.len() - 8;
        flipped[checksum] ^= 1;
        assert!(read_small(&flipped).is_err());
    }
}
