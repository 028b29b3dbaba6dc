//! Whether a program runs on any Linux host: ELF for x86-64, and static.

use object::{
    Endianness, elf,
    read::elf::{Dyn as _, ElfFile64, FileHeader as _, ProgramHeader as _},
};

/// What would keep the program from starting.
pub(crate) fn faults(bytes: &[u8]) -> Vec<String> {
    let file = match ElfFile64::<Endianness>::parse(bytes) {
        Ok(file) => file,
        Err(error) => return vec![format!("it is no 64-bit ELF program: {error}")],
    };
    let (endian, header) = (file.endian(), file.elf_header());
    let mut faults = Vec::new();
    if header.e_machine(endian) != elf::EM_X86_64 {
        faults.push("it is not for x86-64".to_owned());
    }
    if !matches!(header.e_type(endian), elf::ET_EXEC | elf::ET_DYN) {
        faults.push("it cannot be executed".to_owned());
    }
    for segment in file.elf_program_headers() {
        if let Ok(Some(loader)) = segment.interpreter(endian, bytes) {
            let loader = String::from_utf8_lossy(loader);
            faults.push(format!(
                "it is not static: it asks for the loader `{loader}`"
            ));
        }
        let entries = segment.dynamic(endian, bytes).ok().flatten();
        let libraries = entries
            .unwrap_or_default()
            .iter()
            .filter(|entry| entry.d_tag(endian) == u64::from(elf::DT_NEEDED));
        match libraries.count() {
            0 => {}
            1 => faults.push("it is not static: it needs a library of the system".to_owned()),
            more => faults.push(format!(
                "it is not static: it needs {more} libraries of the system"
            )),
        }
    }
    faults
}
