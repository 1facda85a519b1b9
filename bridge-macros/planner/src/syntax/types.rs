//! What a type that is written down tells.

use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::{
    GenericArgument, Ident, PathArguments, PathSegment, ReturnType, Signature, Type, TypeParamBound,
};

use crate::syntax::tokens;

/// Whether a type of this name is `Copy`, and holds no reference.
pub(crate) fn is_primitive(name: &Ident) -> bool {
    const PRIMITIVES: &[&str] = &[
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16",
        "u32", "u64", "u128", "usize", "Duration", "Instant",
    ];
    PRIMITIVES.iter().any(|primitive| name == primitive)
}

/// Whether it is a function that can be called by `&`, so that it changes nothing that it owns:
/// `impl Fn(…) -> …`, or a reference to such.
pub(crate) fn is_fn(ty: &Type) -> bool {
    let bounds = match ty {
        Type::Reference(reference) if reference.mutability.is_none() => {
            return is_fn(&reference.elem);
        }
        Type::ImplTrait(opaque) => &opaque.bounds,
        Type::TraitObject(object) => &object.bounds,
        _ => return false,
    };
    bounds.iter().any(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            bound.path.segments.last().is_some_and(|last| last.ident == "Fn")
        }
        _ => false,
    })
}

const STANDARD: &[&str] = &[
    "BTreeMap",
    "BTreeSet",
    "BinaryHeap",
    "Duration",
    "HashMap",
    "HashSet",
    "Instant",
    "Option",
    "OsString",
    "PathBuf",
    "Result",
    "String",
    "Vec",
    "VecDeque",
    "str",
];

/// Whether this is the name of a value of the standard library whose methods are known.
pub(crate) fn is_standard_name(name: &Ident) -> bool {
    STANDARD.iter().any(|standard| name == standard) || is_primitive(name)
}

/// Whether a type is such a value, of whatever it holds.
pub(crate) fn is_standard(ty: &Type) -> bool {
    match ty {
        Type::Path(path) => {
            path.path.segments.last().is_some_and(|last| is_standard_name(&last.ident))
        }
        Type::Array(_) | Type::Slice(_) => true,
        Type::Paren(inner) => is_standard(&inner.elem),
        Type::Group(inner) => is_standard(&inner.elem),
        _ => false,
    }
}

/// `T` of `Pin<T>` and of `Box<T>`.
pub(crate) fn argument(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    match &path.path.segments.last()?.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a type is a reference that does not live for ever.
pub(crate) fn is_borrowed(ty: &Type) -> bool {
    matches!(ty, Type::Reference(reference)
        if reference.lifetime.as_ref().is_none_or(|lifetime| lifetime.ident != "static"))
}

/// Whether a type may be a guard: all of it is borrowed when a field of what it shows is.
pub(crate) fn may_be_guard(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let name = path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
    let ends = ["Guard", "Ref", "RefMut", "Permit", "Lease"];
    name == "Pin" || ends.iter().any(|end| name.ends_with(end))
}

/// Whether a type changes through a shared reference.
pub(crate) fn has_interior(ty: &Type) -> bool {
    const INTERIOR: &[&str] = &["Cell", "Mutex", "OnceCell", "OnceLock", "RefCell", "RwLock"];
    let is_interior = |name: &Ident| {
        let name = name.to_string();
        INTERIOR.contains(&name.as_str()) || name.starts_with("Atomic")
    };
    tokens::find_name(ty.to_token_stream(), &is_interior).is_some()
}

/// Whether this is the name of a cell that is changed without a lock.
pub(crate) fn is_cell_name(name: &Ident) -> bool {
    name == "Cell" || name == "RefCell"
}

/// Whether a type is such a cell.
pub(crate) fn is_cell(ty: &Type) -> bool {
    matches!(ty, Type::Path(path)
        if path.path.segments.last().is_some_and(|last| is_cell_name(&last.ident)))
}

/// Whether a type is known to hold no reference: one of the standard library's, of
/// such types.
pub(crate) fn is_owned(ty: &Type) -> bool {
    const OWNED: &[&str] = &[
        "Arc", "BTreeMap", "BTreeSet", "Box", "HashMap", "HashSet", "OsString", "Option",
        "PathBuf", "Rc", "String", "Vec", "VecDeque",
    ];
    match ty {
        Type::Array(array) => is_owned(&array.elem),
        Type::Group(inner) => is_owned(&inner.elem),
        Type::Paren(inner) => is_owned(&inner.elem),
        Type::Path(path) if path.qself.is_none() => {
            let Some(last) = path.path.segments.last() else { return false };
            let of_owned = || match &last.arguments {
                PathArguments::None => true,
                PathArguments::AngleBracketed(arguments) => arguments
                    .args
                    .iter()
                    .all(|argument| matches!(argument, GenericArgument::Type(ty) if is_owned(ty))),
                PathArguments::Parenthesized(_) => false,
            };
            path.path.get_ident().is_some_and(is_primitive)
                || OWNED.iter().any(|owned| last.ident == owned) && of_owned()
        }
        Type::Slice(slice) => is_owned(&slice.elem),
        Type::Tuple(tuple) => tuple.elems.iter().all(is_owned),
        _ => false,
    }
}

/// Whether a type holds a `&mut` that can be seen.
pub(crate) fn mentions_mut(ty: &Type) -> bool {
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

/// Whether it is a connection that serves many at a time, or a `&mut` of one.
pub(crate) fn is_multiplexed(ty: &Type) -> bool {
    const MULTIPLEXED: &[&str] =
        &["ClusterConnection", "ConnectionManager", "MultiplexedConnection"];
    match ty {
        Type::Reference(reference) => is_multiplexed(&reference.elem),
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| MULTIPLEXED.iter().any(|known| last.ident == known)),
        _ => false,
    }
}

/// Whether a type may hide a `&mut`: an alias of one, or a struct that holds one, has its
/// lifetime (`Tx<'_>`).
pub(crate) fn may_hide_mut(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let Some(last) = path.path.segments.last() else { return false };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return false };
    last.ident != "Cow"
        && arguments.args.iter().any(|argument| {
            matches!(argument, GenericArgument::Lifetime(lifetime) if lifetime.ident != "static")
        })
}

/// Whether a value of this type says nothing, or only whether something has failed.
pub(crate) fn is_unit(ty: &Type) -> bool {
    match ty {
        Type::Tuple(tuple) => tuple.elems.is_empty(),
        Type::Paren(inner) => is_unit(&inner.elem),
        Type::Group(inner) => is_unit(&inner.elem),
        Type::Never(_) => true,
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            let carries = last.ident == "Result" || last.ident == "Option";
            let PathArguments::AngleBracketed(arguments) = &last.arguments else { return false };
            carries
                && matches!(arguments.args.first(), Some(GenericArgument::Type(ty)) if is_unit(ty))
        }),
        _ => false,
    }
}

/// Whether a function that returns this can return what `?` leaves it with, as far as the
/// type says.
pub(crate) fn carries_errors(ty: &Type) -> bool {
    match ty {
        // Their `?` leaves with what is no failure.
        Type::Path(path) if path.path.segments.last().is_some_and(is_other_try) => false,
        Type::Path(path) => !path.path.get_ident().is_some_and(is_primitive),
        Type::Group(inner) => carries_errors(&inner.elem),
        Type::Paren(inner) => carries_errors(&inner.elem),
        ty => matches!(ty, Type::Macro(_)),
    }
}

fn is_other_try(segment: &PathSegment) -> bool {
    segment.ident == "ControlFlow" || segment.ident == "Poll"
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
