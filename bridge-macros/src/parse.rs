//! From tokens to the function that is annotated.

use proc_macro2::TokenStream;
use syn::{Error, Item, ItemFn, TraitItemFn};

use crate::fragments;

/// Reads a function or a method with its body; the error says what the
/// attribute goes on.
pub(crate) fn function(item: &TokenStream) -> syn::Result<ItemFn> {
    let error = match syn::parse2::<ItemFn>(fragments::in_place(item.clone())) {
        Ok(function) => return Ok(function),
        Err(error) => error,
    };
    if let Ok(method) = syn::parse2::<TraitItemFn>(item.clone())
        && method.default.is_none()
    {
        return Err(Error::new_spanned(
            method.sig,
            "`#[background]` needs a body: put it on the implementations of this method",
        ));
    }
    match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Fn(_) | Item::Verbatim(_)) | Err(_) => Err(error),
        Ok(other) => Err(Error::new_spanned(
            other,
            "`#[background]` goes on a function: put it on each function whose calls are to overlap",
        )),
    }
}
