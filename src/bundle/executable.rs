//! What an executable is: for which processor, and whether it stands alone.

use object::elf::{EM_AARCH64, EM_X86_64, PT_INTERP};
use object::read::elf::{FileHeader, ProgramHeader};
use object::{Endianness, elf};

use crate::model::artifact::Architecture;

/// Why a file can't be bundled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExecutableError {
    /// It isn't an ELF file of 64 bits.
    #[error("it isn't a 64-bit ELF executable, which is what Linux runs: {0}")]
    NotElf(String),
    /// It is for a processor that functions and services don't have.
    #[error("it is for processor {0} of the ELF specification; 62 (x86_64) or 183 (aarch64) is needed")]
    Processor(u16),
    /// It needs a loader and libraries that an empty image doesn't have.
    #[error(
        "it is linked dynamically (it asks for {0}), and neither the function's runtime nor an empty image has to have that; link it statically"
    )]
    Dynamic(String),
}

/// The processor of an executable that stands alone.
///
/// # Errors
/// Where it isn't one.
pub fn architecture(bytes: &[u8]) -> Result<Architecture, ExecutableError> {
    let wrong = |error: object::Error| ExecutableError::NotElf(error.to_string());
    let header = elf::FileHeader64::<Endianness>::parse(bytes).map_err(wrong)?;
    let endian = header.endian().map_err(wrong)?;
    let architecture = match header.e_machine(endian) {
        EM_X86_64 => Architecture::X86_64,
        EM_AARCH64 => Architecture::Aarch64,
        other => return Err(ExecutableError::Processor(other.0)),
    };
    for segment in header.program_headers(endian, bytes).map_err(wrong)? {
        if segment.p_type(endian) == PT_INTERP {
            let loader = segment.data(endian, bytes).unwrap_or_default();
            let loader = String::from_utf8_lossy(loader).trim_end_matches('\0').to_owned();
            return Err(ExecutableError::Dynamic(loader));
        }
    }
    Ok(architecture)
}
