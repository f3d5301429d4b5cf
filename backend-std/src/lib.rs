//! std backend
