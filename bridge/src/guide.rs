//! # The guide
//!
//! What real code needs to know, a page for each question. Every example runs as a test.

macro_rules! pages {
    ($($page:ident)*) => {
        $(
            // In a page each link has a target that holds where the file lies. Of two targets the
            // first one counts: here those of the documentation, which is checked.
            #[doc = include_str!("../docs/guide/links.md")]
            #[doc = include_str!(concat!("../docs/guide/", stringify!($page), ".md"))]
            pub mod $page {}
        )*
    };
}

pages! {
    overlap words errors timeouts cancellation loops blocking pools batching machines waiting forms testing comparison
}
