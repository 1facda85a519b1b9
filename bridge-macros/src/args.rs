//! The arguments of the attribute.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{ParseStream, Parser};
use syn::{Ident, Path, Token, ext::IdentExt};

use crate::report::Report;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Calls overlap.
    Background,
    /// Calls overlap, but nothing below a `?` starts before it has passed.
    Strict,
    /// Every await runs where it is written.
    Serial,
}

pub(crate) struct Args {
    pub(crate) order: Order,
    /// The documentation shows the schedule.
    pub(crate) explain: bool,
    /// The `bridge` crate.
    pub(crate) krate: TokenStream,
}

impl Args {
    /// What is wrong is reported, and the default is used in its place.
    pub(crate) fn parse(tokens: TokenStream, report: &Report) -> Self {
        let mut args = Args { order: Order::Background, explain: false, krate: quote!(::bridge) };
        if let Err(error) = (|input: ParseStream<'_>| args.read(input)).parse2(tokens) {
            report.push(error);
        }
        args
    }

    fn read(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        while !input.is_empty() {
            let name = input.call(Ident::parse_any)?;
            match name.to_string().as_str() {
                "serial" => self.set_order(&name, Order::Serial)?,
                "strict" => self.set_order(&name, Order::Strict)?,
                "explain" => self.explain = true,
                "crate" => {
                    input.parse::<Token![=]>()?;
                    let path = input.call(Path::parse_mod_style)?;
                    self.krate = quote!(#path);
                }
                other => {
                    return Err(syn::Error::new(
                        name.span(),
                        format!(
                            "unknown argument `{other}`; there are `serial`, `strict`, `explain` and `crate = path`"
                        ),
                    ));
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    }

    fn set_order(&mut self, name: &Ident, order: Order) -> syn::Result<()> {
        if self.order != Order::Background {
            return Err(syn::Error::new(name.span(), "write either `serial` or `strict`, once"));
        }
        self.order = order;
        Ok(())
    }
}
