//! From tokens to the function that is annotated, and to the body in it that is planned.
//!
//! That is the function's own body, but where it was `async` before another macro came by,
//! which has put it in a box:
//!
//! ```text
//! // Input, as `#[async_trait]` hands it on:
//! fn load<'a>(&'a self) -> Pin<Box<dyn Future<Output = Report> + Send + 'a>> {
//!     Box::pin(async move {
//!         let __self = self;
//!         let __ret: Report = { … };
//!         __ret
//!     })
//! }
//! // What is planned:
//! async fn load<'a>(&'a self) -> Report {
//!     let __self = self;
//!     let __ret: Report = { … };
//!     __ret
//! }
//! ```
//!
//! A closure is planned as the function that it would be.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Block, Error, Expr, ExprClosure, GenericArgument, Item, ItemFn, Pat, PathArguments,
    ReturnType, Signature, Stmt, TraitItemFn, Type, TypeParamBound, parse_quote,
};

use crate::syntax::control_flow::ControlFlow;
use crate::syntax::{captures, cfg_if, fragments, types};

/// How a function waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The thread runs its calls.
    Synchronous,
    /// It awaits them.
    Asynchronous,
}

/// A function or a closure that awaits.
#[derive(Clone)]
pub(crate) struct Function {
    item: ItemFn,
    form: Form,
    /// What the future in the box gives, if the body is in one.
    boxed: Option<Type>,
    /// What it is written as, if it is no function.
    closure: Option<ExprClosure>,
}

/// What an item turns out to be.
pub(crate) enum Parsed {
    Function(Box<Function>),
    /// It awaits nothing itself.
    Idle(Box<ItemFn>),
}

/// Reads a function or a method with its body; the error says what the
/// attribute goes on.
pub(crate) fn parse(item: &TokenStream) -> syn::Result<Parsed> {
    Ok(match Function::of(item_fn(item)?) {
        Ok(function) => Parsed::Function(Box::new(function)),
        Err(item) => Parsed::Idle(item),
    })
}

impl Function {
    /// A function that awaits something; one that does not is given back, as there is nothing to
    /// plan.
    pub(crate) fn of(mut item: ItemFn) -> Result<Self, Box<ItemFn>> {
        cfg_if::unfold(&mut item.block);
        let awaits = |block: &Block| ControlFlow::of_block(block).awaits > 0;
        if awaits(&item.block) {
            let form = match item.sig.asyncness {
                Some(_) => Form::Asynchronous,
                None => Form::Synchronous,
            };
            return Ok(Function { item, form, boxed: None, closure: None });
        }
        match future_output(&item.sig).cloned() {
            Some(output) if boxed_body(&item.block).is_some_and(awaits) => {
                let (form, boxed) = (Form::Asynchronous, Some(output));
                Ok(Function { item, form, boxed, closure: None })
            }
            _ => Err(Box::new(item)),
        }
    }

    /// A closure that awaits something.
    pub(crate) fn of_closure(closure: ExprClosure) -> Option<Self> {
        let ExprClosure { asyncness, inputs, output, body, .. } = &closure;
        let inputs = inputs.iter().map(|input| match input {
            Pat::Type(typed) => quote!(#typed),
            pat => quote!(#pat: _),
        });
        let body = match &**body {
            Expr::Block(block) if block.attrs.is_empty() && block.label.is_none() => quote!(#block),
            body => quote!({ #body }),
        };
        let item = parse_quote!(#asyncness fn closure(#(#inputs),*) #output #body);
        let function = Function::of(item).ok().filter(|function| !function.is_boxed())?;
        Some(Function { closure: Some(closure), ..function })
    }

    /// What it takes from around it: variables of which nothing is known.
    pub(crate) fn captures(&self) -> Vec<Ident> {
        self.closure.as_ref().map(captures::of_closure).unwrap_or_default()
    }

    /// Its last expression is its value.
    pub(crate) fn gives_value(&self) -> bool {
        match self.returns() {
            Some(ty) => !types::is_unit(&ty),
            None => self.closure.is_some(),
        }
    }

    /// As it is written.
    pub(crate) fn item(&self) -> &ItemFn {
        &self.item
    }

    pub(crate) fn form(&self) -> Form {
        self.form
    }

    pub(crate) fn is_closure(&self) -> bool {
        self.closure.is_some()
    }

    pub(crate) fn is_boxed(&self) -> bool {
        self.boxed.is_some()
    }

    pub(crate) fn signature(&self) -> &Signature {
        &self.item.sig
    }

    pub(crate) fn name(&self) -> &Ident {
        &self.item.sig.ident
    }

    /// The type that `?` leaves with, where it can stand in the body.
    pub(crate) fn returns(&self) -> Option<Type> {
        let declared = self.boxed.as_ref().or_else(|| types::return_type(&self.item.sig));
        declared.map(types::anchored)
    }

    /// The body that is planned.
    pub(crate) fn body(&self) -> &Block {
        let body = &self.item.block;
        match self.boxed {
            Some(_) => boxed_body(body).unwrap_or(body),
            None => body,
        }
    }

    /// The attributes of the user.
    pub(crate) fn attributes(&self) -> &[Attribute] {
        &self.item.attrs
    }

    /// The item, to change its signature, or what it is written as, if it is no function.
    pub(crate) fn signature_mut(&mut self) -> Result<&mut ItemFn, &mut ExprClosure> {
        match &mut self.closure {
            Some(closure) => Err(closure),
            None => Ok(&mut self.item),
        }
    }

    /// The function with other statements, and one more attribute.
    pub(crate) fn with(mut self, body: TokenStream, attribute: Option<Attribute>) -> TokenStream {
        self.item.attrs.extend(attribute);
        if let Some(mut closure) = self.closure {
            *closure.body = parse_quote!({ #body });
            return closure.into_token_stream();
        }
        let stmts = vec![Stmt::Expr(Expr::Verbatim(body), None)];
        match self.boxed.and_then(|_| boxed_body_mut(&mut self.item.block)) {
            Some(boxed) => boxed.stmts = stmts,
            None => self.item.block.stmts = stmts,
        }
        self.item.into_token_stream()
    }
}

fn item_fn(item: &TokenStream) -> syn::Result<ItemFn> {
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
            "`#[background]` overlaps the calls in the body of a function, which this has none of: put \
             it on each function whose calls are to overlap",
        )),
    }
}

/// The block in `Box::pin(async move { … })`, at the end of the body.
fn boxed_body(body: &Block) -> Option<&Block> {
    let Stmt::Expr(Expr::Call(call), None) = body.stmts.last()? else { return None };
    match call.args.first() {
        Some(Expr::Async(future)) if is_box_pin(&call.func) => Some(&future.block),
        _ => None,
    }
}

fn boxed_body_mut(body: &mut Block) -> Option<&mut Block> {
    let Stmt::Expr(Expr::Call(call), None) = body.stmts.last_mut()? else { return None };
    match call.args.first_mut() {
        Some(Expr::Async(future)) if is_box_pin(&call.func) => Some(&mut future.block),
        _ => None,
    }
}

fn is_box_pin(function: &Expr) -> bool {
    let Expr::Path(path) = function else { return false };
    let mut names = path.path.segments.iter().rev().map(|segment| &segment.ident);
    names.next().is_some_and(|name| name == "pin") && names.next().is_some_and(|name| name == "Box")
}

/// The output of the future in a pinned box that is returned.
fn future_output(sig: &Signature) -> Option<&Type> {
    let ReturnType::Type(_, ty) = &sig.output else { return None };
    let Type::TraitObject(future) = types::argument(types::argument(ty)?)? else { return None };
    future.bounds.iter().find_map(|bound| match bound {
        TypeParamBound::Trait(bound) => match &bound.path.segments.last()?.arguments {
            PathArguments::AngleBracketed(arguments) => {
                arguments.args.iter().find_map(|argument| match argument {
                    GenericArgument::AssocType(output) if output.ident == "Output" => {
                        Some(&output.ty)
                    }
                    _ => None,
                })
            }
            _ => None,
        },
        _ => None,
    })
}
