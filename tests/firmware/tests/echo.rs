//! The echo on anydgram: the same service as on embassy-net alone, and what that does not do.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

const PROGRAM: &str = "echo";

#[path = "echo/service.rs"]
mod service;

#[path = "echo/fragments.rs"]
mod fragments;
#[path = "echo/others.rs"]
mod others;
