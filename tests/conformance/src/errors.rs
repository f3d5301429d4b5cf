//! Errors as JavaScript's error objects.

use anydgram_core::dynamic::{ArgumentError, Object, Value};
use anydgram_core::{Error, ErrorAddress, Misuse, Syscall, SystemError};

/// The classes that a trace shows as errors.
const CLASSES: [&str; 4] = ["Error", "TypeError", "RangeError", "SystemError"];

/// Whether an object is an error.
#[must_use]
pub fn is_error(object: &Object) -> bool {
    object
        .class
        .as_deref()
        .is_some_and(|class| CLASSES.contains(&class))
}

/// A plain `Error`.
#[must_use]
pub fn plain(message: &str) -> Object {
    Object::of_class("Error").with("message", message)
}

/// What a call throws because of its arguments.
#[must_use]
pub fn from_argument(error: &ArgumentError) -> Value {
    let mut object = Object::of_class(error.class);
    if let Some(code) = error.code {
        object = object.with("code", code);
    }
    object.with("message", error.message.as_str()).into()
}

/// An error of a backend; `message` is its text, `address` how it prints the address that is named.
#[must_use]
pub fn from_core(
    error: Error<'_>,
    message: &str,
    address: impl Fn(ErrorAddress<'_>) -> Value,
) -> Value {
    match error {
        Error::System(system) => from_system(&system, message, address).into(),
        Error::Misuse(misuse) => Object::of_class(misuse.class())
            .with("code", misuse.code())
            .with("message", message)
            .into(),
        // The enum may grow: what is unknown shows as a plain error.
        _ => plain(message).into(),
    }
}

/// What the caller did wrong, as an error object.
#[must_use]
pub fn from_misuse(misuse: Misuse) -> Value {
    from_core(misuse.into(), &misuse.to_string(), |_| Value::Undefined)
}

fn from_system(
    error: &SystemError<'_>,
    message: &str,
    address: impl Fn(ErrorAddress<'_>) -> Value,
) -> Object {
    let (errno, syscall) = (error.errno.node_number(), error.syscall.name());
    let is_buffer_size = matches!(
        error.syscall,
        Syscall::ReceiveBufferSize | Syscall::SendBufferSize
    );
    let class = if is_buffer_size {
        "SystemError"
    } else {
        "Error"
    };
    let mut object = Object::of_class(class)
        .with("code", error.code())
        .with("message", message)
        .with("errno", errno)
        .with("syscall", syscall);
    if error.syscall == Syscall::GetAddrInfo {
        return object.with("hostname", address(error.address));
    }
    // In Node these have an address, although it may be undefined.
    let is_aimed = matches!(
        error.syscall,
        Syscall::Bind | Syscall::Connect | Syscall::Send
    );
    if is_aimed || error.address != ErrorAddress::None {
        object = object.with("address", address(error.address));
    }
    if error.port != 0 {
        object = object.with("port", error.port);
    }
    if is_buffer_size {
        let info = Object::new()
            .with("errno", errno)
            .with("code", error.errno.name())
            .with("message", error.errno.text())
            .with("syscall", syscall);
        object = object.with("info", info);
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;
    use anydgram_core::Errno;

    #[test]
    fn errors_have_nodes_members() {
        let error = SystemError::at(Syscall::Send, Errno::EMSGSIZE, ErrorAddress::Undefined, 9);
        let object = from_core(error.into(), &error.to_string(), |_| Value::Undefined);
        let Value::Object(object) = object else {
            panic!("{object:?}")
        };
        let keys: Vec<&str> = object.entries.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(
            keys,
            ["code", "message", "errno", "syscall", "address", "port"]
        );
        assert!(is_error(&object));
        assert!(!is_error(&Object::new()));
    }
}
