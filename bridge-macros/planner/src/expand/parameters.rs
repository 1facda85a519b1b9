//! The parameters of a synchronous function, bound anew where the runtime is the current one: so
//! they are dropped inside of it, in the order of an `async fn`, in which what drops may spawn.
//!
//! ```text
//! // Input:
//! fn load(pool: Pool, (mut a, _): (Conn, Conn), id: u32) -> Report { … }
//! // Output:
//! fn load(pool: Pool, arg1: (Conn, Conn), id: u32) -> Report {
//!     let _function = __bridge::enter(|| ());
//!     let pool = (pool);
//!     let arg1 = arg1;
//!     let (mut a, _) = arg1;
//!     …
//! }
//! ```
//!
//! The name in the signature is the macro's, and the user's stands where it is bound anew, so that
//! the compiler warns of it there, and once. Types that drop nothing stay as they are.

use proc_macro2::{Delimiter, Group, Ident, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Block, ExprClosure, FieldPat, FnArg, GenericArgument, Item, ItemFn, Macro, Pat,
    PatIdent, PatType, PathArguments, Receiver, ReceiverKind, Token, Type, parse_quote,
};

use crate::syntax::function::Function;
use crate::syntax::{attributes, macros, tokens, types};

/// What binds the parameters anew.
#[derive(Default)]
pub(super) struct Head {
    pub(super) lets: TokenStream,
    /// `self` has another name below.
    renames_self: bool,
}

impl Head {
    /// Of a function or a closure, whose signature is changed to suit.
    pub(super) fn of(function: &mut Function) -> Self {
        match function.signature_mut() {
            Ok(item) => Head::of_item(item),
            Err(closure) => Head::of_closure(closure),
        }
    }

    /// Of a function, whose signature is changed to suit.
    pub(super) fn of_item(function: &mut ItemFn) -> Self {
        let mut head = Head::default();
        // Another attribute may name a parameter: `#[instrument(fields(id = conn.id))]`.
        let is_read = !function.attrs.iter().all(is_builtin);
        let mut inputs = Punctuated::<FnArg, Token![,]>::new();
        for (index, mut input) in std::mem::take(&mut function.sig.inputs).into_iter().enumerate() {
            let documented = match &mut input {
                FnArg::Receiver(receiver) => {
                    head.rebind_receiver(receiver, &function.block);
                    None
                }
                FnArg::Typed(parameter) => head.rebind_parameter(parameter, index, is_read),
            };
            inputs.extend(documented.map(FnArg::Typed));
            inputs.push(input);
        }
        function.sig.inputs = inputs;
        head
    }

    fn of_closure(closure: &mut ExprClosure) -> Self {
        let mut head = Head::default();
        for (index, input) in closure.inputs.iter_mut().enumerate() {
            match input {
                Pat::Type(typed) if is_left(typed) => {}
                Pat::Type(typed) => head.rebind(&mut typed.pat, &[], index, false),
                pat => head.rebind(pat, &[], index, false),
            }
        }
        head
    }

    /// The body below, in which `self` may have another name.
    pub(super) fn body(&self, body: TokenStream) -> TokenStream {
        if self.renames_self { renamed(body) } else { body }
    }

    fn rebind_receiver(&mut self, receiver: &mut Receiver, body: &Block) {
        let may_drop = match &receiver.kind {
            ReceiverKind::Value => true,
            ReceiverKind::Typed(_, ty) => !drops_nothing(ty),
            _ => false,
        };
        if !may_drop || !receiver.attrs.is_empty() || !can_be_renamed(body) {
            return;
        }
        let (mutability, given) = (receiver.mutability.take(), &receiver.self_token);
        // No underscore in front, which would hide that a `mut` is unused.
        let name = Ident::new(RECEIVER, given.span);
        // It is looked at, as no `self` is unused.
        self.lets.extend(quote!(let #mutability #name = #given; let _ = &#name;));
        self.renames_self = true;
    }

    /// Gives what the documentation shows in its place, if that is not what is compiled.
    fn rebind_parameter(
        &mut self,
        parameter: &mut PatType,
        index: usize,
        is_read: bool,
    ) -> Option<PatType> {
        if is_left(parameter) {
            return None;
        }
        let lints = |attr: &Attribute| attributes::is_lint(attr);
        let (lints, kept) = std::mem::take(&mut parameter.attrs).into_iter().partition(lints);
        parameter.attrs = kept;
        let written = parameter.clone();
        self.rebind(&mut parameter.pat, &lints, index, is_read);
        if is_read || keeps_its_looks(&written.pat) {
            return None;
        }
        let documented = PatType { attrs: vec![parse_quote!(#[cfg(doc)])], ..written };
        parameter.attrs.push(parse_quote!(#[cfg(not(doc))]));
        Some(documented)
    }

    fn rebind(&mut self, pat: &mut Pat, lints: &[Attribute], index: usize, is_read: bool) {
        if !is_read && is_complete(pat) {
            let mut names = Names { lets: TokenStream::new(), lints };
            names.visit_pat_mut(pat);
            self.lets.extend(names.lets);
            return;
        }
        if let Pat::Ident(name) = pat
            && name.subpat.is_none()
        {
            // What it borrows from is a variable of its own.
            let by_ref = name.by_ref.take();
            let (mutability, user) = (name.mutability.take(), name.ident.clone());
            match by_ref {
                None => self.lets.extend(quote!(#(#lints)* let #mutability #user = #user;)),
                Some(by_ref) => self.lets.extend(quote! {
                    let #user = #user;
                    #(#lints)* let #by_ref #mutability #user = #user;
                }),
            }
            return;
        }
        // Parts of it may be left in place, and are dropped after those that are bound.
        let whole = format_ident!("arg{index}", span = Span::mixed_site());
        let pattern = std::mem::replace(pat, parse_quote!(#whole));
        self.lets.extend(quote!(let #whole = #whole;));
        if !matches!(pattern, Pat::Wild(_)) {
            self.lets.extend(quote!(#(#lints)* let #pattern = #whole;));
        }
    }
}

/// Whether a parameter is left as it is: it drops nothing, or may not be there.
fn is_left(parameter: &PatType) -> bool {
    let is_conditional = |attr: &Attribute| {
        let path = attr.path();
        path.is_ident("cfg") || path.is_ident("cfg_attr")
    };
    parameter.attrs.iter().any(is_conditional) || drops_nothing(&parameter.ty)
}

/// Whether nothing but memory is given back when a value of this type is dropped, as far as the type
/// tells.
fn drops_nothing(ty: &Type) -> bool {
    match ty {
        Type::Reference(_) | Type::Ptr(_) | Type::FnPtr(_) | Type::Never(_) => true,
        Type::Paren(inner) => drops_nothing(&inner.elem),
        Type::Group(inner) => drops_nothing(&inner.elem),
        Type::Array(array) => drops_nothing(&array.elem),
        Type::Tuple(tuple) => tuple.elems.iter().all(drops_nothing),
        // `String`, `Vec<u8>`, `Pin<&mut Self>`.
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            let is_known = last.ident == "Pin" || types::is_standard_name(&last.ident);
            is_known && path.path.segments.len() == 1 && all_drop_nothing(&last.arguments)
        }),
        _ => false,
    }
}

fn all_drop_nothing(arguments: &PathArguments) -> bool {
    match arguments {
        PathArguments::None => true,
        PathArguments::AngleBracketed(arguments) => {
            arguments.args.iter().all(|argument| match argument {
                GenericArgument::Lifetime(_) => true,
                GenericArgument::Type(ty) => drops_nothing(ty),
                _ => false,
            })
        }
        PathArguments::Parenthesized(_) => false,
    }
}

/// Whether a pattern binds all that it takes apart, by value.
fn is_complete(pat: &Pat) -> bool {
    match pat {
        Pat::Ident(name) => name.by_ref.is_none() && name.subpat.is_none(),
        Pat::Tuple(tuple) => tuple.elems.iter().all(is_complete),
        Pat::TupleStruct(tuple) => tuple.elems.iter().all(is_complete),
        Pat::Struct(fields) => {
            fields.rest.is_none() && fields.fields.iter().all(|field| is_complete(&field.pat))
        }
        Pat::Slice(slice) => slice.elems.iter().all(is_complete),
        Pat::Paren(paren) => is_complete(&paren.pat),
        _ => false,
    }
}

/// Whether the documentation shows the same when a pattern is bound anew.
fn keeps_its_looks(pat: &Pat) -> bool {
    is_complete(pat) || matches!(pat, Pat::Ident(name) if name.subpat.is_none())
}

/// Takes the user's names out of a pattern, and binds them below.
struct Names<'a> {
    lets: TokenStream,
    lints: &'a [Attribute],
}

impl VisitMut for Names<'_> {
    fn visit_field_pat_mut(&mut self, field: &mut FieldPat) {
        // `Point { x }` has no place for another name.
        field.colon_token.get_or_insert_default();
        visit_mut::visit_field_pat_mut(self, field);
    }

    fn visit_pat_ident_mut(&mut self, name: &mut PatIdent) {
        let mutability = name.mutability.take();
        let mut given = name.ident.clone();
        given.set_span(Span::mixed_site().located_at(given.span()));
        let user = std::mem::replace(&mut name.ident, given.clone());
        let bind = quote_spanned!(given.span()=> let);
        // As long as the user's name, for `unused_assignments`.
        let mut value = Group::new(Delimiter::Parenthesis, quote!(#given));
        value.set_span(user.span());
        let value = match user.to_string().starts_with('_') {
            // What is only bound to such a name has no effect, and clippy says so.
            true => quote!(::core::convert::identity #value),
            false => quote!(#value),
        };
        let lints = self.lints;
        self.lets.extend(quote!(#(#lints)* #bind #mutability #user = #value;));
    }
}

/// Attributes that read no parameter.
fn is_builtin(attr: &Attribute) -> bool {
    const BUILTIN: &[&str] = &[
        "cold",
        "deprecated",
        "export_name",
        "inline",
        "must_use",
        "no_mangle",
        "test",
        "track_caller",
        "unsafe",
    ];
    attributes::is_lint(attr) || BUILTIN.iter().any(|name| attr.path().is_ident(name))
}

/// What `self` is called below.
const RECEIVER: &str = "self_";

/// Whether each `self` of a body can have another name: none stands in an item, which has its own,
/// in a format string, or in a macro of which nothing is known. And nobody has that name.
fn can_be_renamed(body: &Block) -> bool {
    struct Finder {
        can_be: bool,
        own: Ident,
    }
    impl VisitMut for Finder {
        fn visit_item_mut(&mut self, item: &mut Item) {
            self.can_be &= !tokens::mentions(item.to_token_stream(), &self.own);
        }
        fn visit_macro_mut(&mut self, mac: &mut Macro) {
            let is_known = macros::kind(mac).is_some() || macros::expressions(mac).is_some();
            let tokens = &mac.tokens;
            self.can_be &= match is_known {
                true => !tokens::is_captured(tokens.clone(), &self.own),
                false => !tokens::mentions(tokens.clone(), &self.own),
            };
        }
    }
    let own = Ident::new("self", Span::mixed_site());
    let mut finder = Finder { can_be: true, own };
    finder.visit_block_mut(&mut body.clone());
    let is_taken = |name: &Ident| name == RECEIVER;
    finder.can_be && tokens::find_name(body.to_token_stream(), &is_taken).is_none()
}

/// With the other name for `self`, but in paths (`self::load()`).
fn renamed(body: TokenStream) -> TokenStream {
    let mut body = body.into_iter().peekable();
    let mut out = TokenStream::new();
    while let Some(token) = body.next() {
        let token = match token {
            TokenTree::Ident(ident) if ident == "self" => {
                let is_path = matches!(body.peek(), Some(TokenTree::Punct(mark))
                    if mark.as_char() == ':' && mark.spacing() == Spacing::Joint);
                // A place of the user's, so that lints look at it as at any.
                let other = || Ident::new(RECEIVER, ident.span());
                TokenTree::Ident(if is_path { ident } else { other() })
            }
            TokenTree::Group(group) => {
                let mut like = Group::new(group.delimiter(), renamed(group.stream()));
                like.set_span(group.span());
                TokenTree::Group(like)
            }
            token => token,
        };
        out.extend([token]);
    }
    out
}
