//! The host as a whole, with a wire that keeps what it is given.
