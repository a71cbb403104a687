//! Links `exemplar` to a fixed address, where that is possible.
//!
//! Most of the program is Typst and its tables, with 180 000 pointers in them. Each start would look at all of them to add where the program
//! happens to lie: 2.3 ms and 8 MiB of every run, a run that takes it all from kept results among them. The worker, which alone runs the code
//! of books, and all libraries lie somewhere else at each start.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |key: &str| env::var(format!("CARGO_CFG_TARGET_{key}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bin=exemplar=-no-pie");
    }
}
