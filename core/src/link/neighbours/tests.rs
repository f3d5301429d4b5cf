//! Neighbours that answer, and those that do not.
