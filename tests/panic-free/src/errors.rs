//! Error codes and texts.

use anydgram_core::{Errno, Error, ErrorAddress, Misuse, Syscall, SystemError};

use crate::probe::{any, keep, print};

#[inline(never)]
pub fn drive() {
    let errno = any(Errno::from_linux(any(98)));
    keep(Errno::name(errno));
    keep(Errno::text(errno));
    keep(Errno::node_number(errno));
    print(&errno);

    let misuse = any(Misuse::QueueFull);
    keep(Misuse::code(&misuse));
    keep(Misuse::class(&misuse));
    print(&misuse);

    let syscall = any(Syscall::Bind);
    keep(Syscall::name(syscall));

    let address = any(ErrorAddress::Name(any("example.org")));
    let system = any(SystemError::at(syscall, errno, address, any(9)));
    keep(SystemError::new(syscall, errno));
    keep(SystemError::code(&system));
    keep(SystemError::without_name(system));
    print(&system);

    let error = any(Error::from(system));
    keep(Error::from(misuse));
    keep(Error::code(&error));
    keep(Error::errno(&error));
    keep(Error::without_name(error));
    print(&error);
}
