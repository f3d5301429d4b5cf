//! What a bind was asked for, besides its address.

/// What a bind was asked for, besides its address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::socket) struct BindDetails {
    /// If there is one; in two fields, which take less room than an option.
    pub(super) fd: i32,
    pub(in crate::socket) has_fd: bool,
    pub(in crate::socket) exclusive: bool,
    /// A failure belongs to the call: no `Error` event.
    pub(in crate::socket) within_call: bool,
    /// The backend has something to release already, from before a `rebind`.
    pub(in crate::socket) again: bool,
}

impl BindDetails {
    pub(super) fn with_fd(fd: Option<i32>) -> Self {
        Self {
            fd: fd.unwrap_or_default(),
            has_fd: fd.is_some(),
            ..Self::default()
        }
    }

    pub(super) fn fd(&self) -> Option<i32> {
        self.has_fd.then_some(self.fd)
    }
}
