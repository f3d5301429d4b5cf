//! Gives firmware its memory layout.

fn main() {
    println!("cargo::rerun-if-changed=firmware.x");
    let folder = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("none") {
        println!("cargo::rustc-link-arg-bins=-T{folder}/firmware.x");
        println!("cargo::rustc-link-arg-bins=--nmagic");
    }
}
