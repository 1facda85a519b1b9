//! Functions that were `async` before another macro came by: their body is one `async`
//! block in a box.
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

use syn::{
    Block, Expr, GenericArgument, ItemFn, PathArguments, ReturnType, Signature, Stmt, Type,
    TypeParamBound,
};

use crate::args::Args;
use crate::awaits;
use crate::report::Report;
use crate::{expand, lower};

/// Plans what is in the box, as of an `async fn`; tells whether there is a box.
pub(crate) fn function(item: &mut ItemFn, args: &Args, report: &Report) -> bool {
    let Some(output) = output(&item.sig) else { return false };
    let Some(block) = boxed(item).filter(|block| awaits::of_block(block).awaits > 0) else {
        return false;
    };
    let block = block.clone();
    let sig = Signature {
        asyncness: Some(Default::default()),
        output: ReturnType::Type(Default::default(), Box::new(output)),
        ..item.sig.clone()
    };
    let mut inner = ItemFn { sig, block: Box::new(block), ..item.clone() };
    lower::function(&mut inner, args, report);
    expand::body(&mut inner, args);
    // With the documentation that explains.
    item.attrs = inner.attrs;
    boxed(item).into_iter().for_each(|block| *block = (*inner.block).clone());
    true
}

/// The block in `Box::pin(async move { … })`, at the end of the body.
fn boxed(item: &mut ItemFn) -> Option<&mut Block> {
    let Stmt::Expr(Expr::Call(call), None) = item.block.stmts.last_mut()? else { return None };
    let Expr::Path(path) = &*call.func else { return None };
    let mut names = path.path.segments.iter().rev().map(|segment| &segment.ident);
    let pins = names.next()? == "pin" && names.next()? == "Box";
    match call.args.first_mut() {
        Some(Expr::Async(future)) if pins => Some(&mut future.block),
        _ => None,
    }
}

/// The output of the future in a pinned box that is returned.
fn output(sig: &Signature) -> Option<Type> {
    let ReturnType::Type(_, ty) = &sig.output else { return None };
    let Type::TraitObject(future) = argument(argument(ty)?)? else { return None };
    future.bounds.iter().find_map(|bound| match bound {
        TypeParamBound::Trait(bound) => match &bound.path.segments.last()?.arguments {
            PathArguments::AngleBracketed(arguments) => {
                arguments.args.iter().find_map(|argument| match argument {
                    GenericArgument::AssocType(output) if output.ident == "Output" => {
                        Some(output.ty.clone())
                    }
                    _ => None,
                })
            }
            _ => None,
        },
        _ => None,
    })
}

/// `T` of `Pin<T>` and of `Box<T>`.
fn argument(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    match &path.path.segments.last()?.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        },
        _ => None,
    }
}
