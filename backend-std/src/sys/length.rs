//! Lengths in the system's types, which differ from one C library to the other (Linux).

/// A length of the system's. What no memory has room for, the system does not say.
pub(super) fn of_system(length: impl TryInto<usize>) -> usize {
    length.try_into().unwrap_or(0)
}

/// A small length in the system's type.
pub(super) fn for_system<T: TryFrom<usize> + Default>(length: usize) -> T {
    T::try_from(length).unwrap_or_default()
}
