//! The page.

use serde_json::to_string;

use crate::rows::Drawing;
use crate::run::Run;
use crate::svg::escaped;

const PAGE: &str = include_str!("page.html");

impl Run {
    /// A page with a drawing of the [longest](Self::longest) function that can be zoomed and searched, by
    /// mouse and by keys, and the [answer](Self::answer) above it. It needs no network.
    pub fn html(&self) -> String {
        let drawing = Drawing::of(self);
        // No text of it ends the script that it stands in.
        let data = to_string(&drawing).expect("it is plain data").replace("</", "<\\/");
        PAGE.replace("{{answer}}", &escaped(&drawing.answer)).replace("{{data}}", &data)
    }
}
