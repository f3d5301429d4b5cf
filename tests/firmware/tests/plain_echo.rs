//! The echo on embassy-net alone: the board and the laboratory, before anything of ours runs on them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

const PROGRAM: &str = "plain-echo";

#[path = "echo/service.rs"]
mod service;
