//! `storefront`: see the README.

fn main() {}
