//! The local variables that code can see, and what is known of each.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Expr, FieldValue, FnArg, GenericArgument, Ident, Item, Lit, Macro, Member, Pat, PatIdent,
    PathArguments, ReceiverKind, ReturnType, Signature, Type,
};

use crate::access::{self, Access};
use crate::macros;

/// Which variable: shadowing makes a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct VarId(usize);

#[derive(Clone, Debug)]
pub(crate) struct Var {
    pub(crate) id: VarId,
    pub(crate) name: Rc<str>,
    /// Declared `mut`: a method call on it may change it.
    pub(crate) mutable: bool,
    /// It is or may hold a `&mut`: any use of it but `&` may change what is
    /// behind it.
    pub(crate) exclusive: bool,
    /// Known to be `Copy`: using it by value moves nothing.
    pub(crate) copy: bool,
    /// Known to be a `Box`: a block that moves a field of it takes all of it.
    pub(crate) boxed: bool,
    /// Known to be a reference that does not live for ever.
    pub(crate) borrowed: bool,
    /// The places that it may borrow from: using it uses them.
    pub(crate) aliases: Rc<[Access]>,
}

/// The variables in scope, by name.
#[derive(Clone)]
pub(crate) struct Env {
    vars: BTreeMap<String, Var>,
    next: Rc<Cell<usize>>,
}

/// What a new variable is initialised with, as far as it matters here.
#[derive(Default)]
pub(crate) struct Origin {
    pub(crate) copy: bool,
    /// Its type is known to hold no reference.
    pub(crate) owned: bool,
    pub(crate) boxed: bool,
    pub(crate) borrowed: bool,
    pub(crate) exclusive: bool,
    pub(crate) aliases: Vec<Access>,
}

impl Env {
    /// The parameters of a function.
    pub(crate) fn of(signature: &Signature) -> Self {
        let mut env = Env { vars: BTreeMap::new(), next: Rc::default() };
        for input in &signature.inputs {
            match input {
                FnArg::Receiver(receiver) => {
                    let origin = match &receiver.kind {
                        ReceiverKind::Reference(_, _, mutability) => Origin {
                            copy: mutability.is_none(),
                            exclusive: mutability.is_some(),
                            borrowed: true,
                            ..Origin::default()
                        },
                        ReceiverKind::Typed(_, ty) => Origin::of_type(ty),
                        _ => Origin::default(),
                    };
                    env.insert("self", receiver.mutability.is_some(), &origin);
                }
                FnArg::Typed(parameter) => {
                    let simple = matches!(*parameter.pat, Pat::Ident(_));
                    let origin = Origin::of_type(&parameter.ty);
                    // What a pattern takes out of a `Copy` need not be `Copy`.
                    let origin = Origin { copy: origin.copy && simple, ..origin };
                    env.bind(&parameter.pat, &origin);
                }
            }
        }
        env
    }

    pub(crate) fn get(&self, name: &Ident) -> Option<&Var> {
        self.vars.get(&name.unraw().to_string())
    }

    pub(crate) fn get_str(&self, name: &str) -> Option<&Var> {
        self.vars.get(name)
    }

    /// Whether code here can see this variable.
    pub(crate) fn holds(&self, var: VarId) -> bool {
        self.vars.values().any(|known| known.id == var)
    }

    /// Whether an initialiser is known to give a `Box`.
    pub(crate) fn makes_box(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Path(path) => {
                path.path.get_ident().and_then(|name| self.get(name)).is_some_and(|var| var.boxed)
            }
            Expr::Call(call) => matches!(&*call.func, Expr::Path(path)
                if path.path.segments.iter().rev().nth(1).is_some_and(|owner| owner.ident == "Box")),
            Expr::Paren(inner) => self.makes_box(&inner.expr),
            Expr::Group(inner) => self.makes_box(&inner.expr),
            _ => false,
        }
    }

    /// Adds the names that a pattern binds, and gives their variables.
    pub(crate) fn bind(&mut self, pat: &Pat, origin: &Origin) -> Vec<VarId> {
        let names = bound_names(pat);
        names
            .iter()
            .map(|name| self.insert(&name.ident.unraw().to_string(), name.mutable, origin))
            .collect()
    }

    fn insert(&mut self, name: &str, mutable: bool, origin: &Origin) -> VarId {
        let id = VarId(self.next.replace(self.next.get() + 1));
        let var = Var {
            id,
            name: name.into(),
            mutable,
            exclusive: origin.exclusive,
            copy: origin.copy,
            boxed: origin.boxed,
            borrowed: origin.borrowed,
            aliases: origin.aliases.clone().into(),
        };
        self.vars.insert(name.to_owned(), var);
        id
    }
}

impl Origin {
    /// A variable of a stated type.
    pub(crate) fn of_type(ty: &Type) -> Self {
        match ty {
            Type::Reference(reference) if reference.mutability.is_none() => {
                let forever =
                    reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
                Origin { copy: true, borrowed: !forever, ..Origin::default() }
            }
            Type::Paren(inner) => Origin::of_type(&inner.elem),
            Type::Group(inner) => Origin::of_type(&inner.elem),
            Type::Path(path) if path.path.get_ident().is_some_and(is_primitive) => {
                Origin { copy: true, owned: true, ..Origin::default() }
            }
            _ => {
                let boxed = matches!(ty, Type::Path(path)
                    if path.path.segments.last().is_some_and(|last| last.ident == "Box"));
                let borrowed = matches!(ty, Type::Reference(_));
                let owned = is_owned(ty);
                Origin { exclusive: mentions_mut(ty), owned, boxed, borrowed, ..Origin::default() }
            }
        }
    }

    /// A variable of which nothing is known but that it comes out of something
    /// that is used so: the arm of a `match`, the element of a loop.
    pub(crate) fn of_uses(uses: &[Access], tokens_say_mut: bool) -> Self {
        Origin {
            exclusive: tokens_say_mut || uses.iter().any(Access::writes),
            aliases: access::each_once(uses.iter().filter_map(Access::lent)),
            ..Origin::default()
        }
    }
}

/// Whether a type of this name is `Copy`, and holds no reference.
pub(crate) fn is_primitive(name: &Ident) -> bool {
    const PRIMITIVES: &[&str] = &[
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16",
        "u32", "u64", "u128", "usize", "Duration", "Instant",
    ];
    PRIMITIVES.iter().any(|primitive| name == primitive)
}

/// Whether a type is known to hold no reference: one of the standard library's, of
/// such types.
fn is_owned(ty: &Type) -> bool {
    const OWNED: &[&str] = &[
        "Arc", "BTreeMap", "BTreeSet", "Box", "HashMap", "HashSet", "OsString", "Option",
        "PathBuf", "Rc", "String", "Vec", "VecDeque",
    ];
    match ty {
        Type::Array(array) => is_owned(&array.elem),
        Type::Group(inner) => is_owned(&inner.elem),
        Type::Paren(inner) => is_owned(&inner.elem),
        Type::Path(path) if path.qself.is_none() => {
            let last = path.path.segments.last();
            path.path.get_ident().is_some_and(is_primitive)
                || last.is_some_and(|last| {
                    OWNED.iter().any(|owned| last.ident == owned) && match &last.arguments {
                    PathArguments::None => true,
                    PathArguments::AngleBracketed(arguments) => arguments.args.iter().all(
                        |argument| matches!(argument, GenericArgument::Type(ty) if is_owned(ty)),
                    ),
                    PathArguments::Parenthesized(_) => false,
                }
                })
        }
        Type::Slice(slice) => is_owned(&slice.elem),
        Type::Tuple(tuple) => tuple.elems.iter().all(is_owned),
        _ => false,
    }
}

fn mentions_mut(ty: &Type) -> bool {
    struct Finder(bool);
    impl VisitMut for Finder {
        fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
            self.0 |= reference.mutability.is_some();
            visit_mut::visit_type_reference_mut(self, reference);
        }
    }
    let mut finder = Finder(false);
    finder.visit_type_mut(&mut ty.clone());
    finder.0
}

/// Whether an initialiser is a literal or a shared borrow: its value is `Copy`.
pub(crate) fn is_copy(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(literal) => !matches!(literal.lit, Lit::Verbatim(_)),
        Expr::Reference(reference) => reference.mutability.is_none(),
        Expr::Unary(unary) => is_copy(&unary.expr),
        Expr::Paren(inner) => is_copy(&inner.expr),
        Expr::Group(inner) => is_copy(&inner.expr),
        _ => false,
    }
}

/// Whether an initialiser makes a value of its own out of a place, from which it
/// then does not borrow: `path.clone()`, `Arc::clone(&pool)`.
pub(crate) fn makes_own(expr: &Expr) -> bool {
    const OWN: &[&str] = &["clone", "to_owned", "to_path_buf", "to_string", "to_vec"];
    match expr {
        Expr::MethodCall(call) => {
            OWN.iter().any(|own| call.method == own) && is_place(&call.receiver)
        }
        Expr::Call(call) => {
            let clone = matches!(&*call.func, Expr::Path(path) if path.path.segments.len() > 1
                && path.path.segments.last().is_some_and(|last| last.ident == "clone"));
            clone
                && call
                    .args
                    .iter()
                    .all(|arg| matches!(arg, Expr::Reference(borrow) if is_place(&borrow.expr)))
        }
        _ => false,
    }
}

fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) => true,
        Expr::Field(field) => is_place(&field.base),
        _ => false,
    }
}

/// A name that a pattern binds.
pub(crate) struct Bound {
    pub(crate) ident: Ident,
    pub(crate) mutable: bool,
}

/// The names that a pattern binds, in source order. A lone name in upper case
/// is taken for a constant or a variant.
pub(crate) fn bound_names(pat: &Pat) -> Vec<Bound> {
    struct Finder(Vec<Bound>);
    impl VisitMut for Finder {
        fn visit_pat_ident_mut(&mut self, name: &mut PatIdent) {
            let text = name.ident.unraw().to_string();
            let constant = text.chars().next().is_some_and(char::is_uppercase);
            let known = self.0.iter().any(|bound| bound.ident == name.ident);
            if !constant && !known {
                self.0
                    .push(Bound { ident: name.ident.clone(), mutable: name.mutability.is_some() });
            }
            visit_mut::visit_pat_ident_mut(self, name);
        }
        fn visit_expr_mut(&mut self, _: &mut Expr) {}
    }
    let mut finder = Finder(Vec::new());
    finder.visit_pat_mut(&mut pat.clone());
    finder.0
}

/// The names that the patterns in an expression bind, and those of fields that it
/// gives values to.
pub(crate) fn bound_within(expr: &Expr) -> BTreeSet<String> {
    struct Finder(BTreeSet<String>);
    impl VisitMut for Finder {
        fn visit_pat_ident_mut(&mut self, name: &mut PatIdent) {
            self.0.insert(name.ident.unraw().to_string());
            visit_mut::visit_pat_ident_mut(self, name);
        }
        fn visit_field_value_mut(&mut self, field: &mut FieldValue) {
            if let (Member::Named(name), Some(_)) = (&field.member, &field.colon_token) {
                self.0.insert(name.unraw().to_string());
            }
            visit_mut::visit_field_value_mut(self, field);
        }
        fn visit_macro_mut(&mut self, mac: &mut Macro) {
            match macros::expressions(mac) {
                Some(mut all) => all.iter_mut().for_each(|expr| self.visit_expr_mut(expr)),
                // Whatever has a name there.
                None => self.0.extend(names(mac.tokens.clone())),
            }
        }
        fn visit_item_mut(&mut self, item: &mut Item) {
            self.0.extend(names(item.to_token_stream()));
        }
    }
    fn names(tokens: TokenStream) -> Vec<String> {
        let within = |token| match token {
            TokenTree::Ident(name) => vec![name.unraw().to_string()],
            TokenTree::Group(group) => names(group.stream()),
            _ => vec![],
        };
        tokens.into_iter().flat_map(within).collect()
    }
    let mut finder = Finder(BTreeSet::new());
    finder.visit_expr_mut(&mut expr.clone());
    finder.0
}

/// The name, if a pattern is no more than one.
pub(crate) fn plain_name(pat: &Pat) -> Option<&Ident> {
    match pat {
        Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => Some(&name.ident),
        _ => None,
    }
}

/// A name that asks for overlap: it does not begin with `_`.
pub(crate) fn overlaps(name: &Ident) -> bool {
    !name.to_string().starts_with('_')
}

/// The return type where it can stand in the body: what is opaque there becomes
/// `()`, as the payload does not matter.
pub(crate) fn anchored(ty: &Type) -> Type {
    with_opaque(ty, &syn::parse_quote!(()))
}

/// A type with another one for each `impl Trait` in it.
pub(crate) fn with_opaque(ty: &Type, other: &Type) -> Type {
    struct Opaque<'a>(&'a Type);
    impl VisitMut for Opaque<'_> {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            match ty {
                Type::ImplTrait(_) => ty.clone_from(self.0),
                _ => visit_mut::visit_type_mut(self, ty),
            }
        }
    }
    let mut ty = ty.clone();
    Opaque(other).visit_type_mut(&mut ty);
    ty
}

/// The declared return type.
pub(crate) fn return_type(signature: &Signature) -> Option<&Type> {
    match &signature.output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some(ty),
    }
}
