//! Where the compiler says what is wrong with a call: where it would say so of the
//! plain one.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprAwait, ExprCall, Item};

use crate::awaits;

/// A function's name in parentheses that stand where the call begins, so that the
/// expression is as long as the one that was written: `get(url).await`.
pub(crate) fn named(function: TokenStream, call: &ExprAwait) -> TokenStream {
    let mut name = Group::new(Delimiter::Parenthesis, function);
    let begins = call.base.to_token_stream().into_iter().next();
    name.set_span(above(awaits::keyword_span(call), begins.map(|token| first(&token))));
    TokenTree::Group(name).into()
}

/// The future of a call as the one argument of a function that is [`named`] so, whose
/// value ends where the future ends: `get(url)`.
pub(crate) fn argument(call: &ExprAwait) -> TokenStream {
    let future = match &*call.base {
        // They would be around an argument, where there is no need for them.
        Expr::Paren(inner) => inner.expr.to_token_stream(),
        base => base.to_token_stream(),
    };
    let ends = future.clone().into_iter().last();
    let mut argument = Group::new(Delimiter::Parenthesis, future);
    argument.set_span(above(awaits::keyword_span(call), ends.map(|token| last(&token))));
    TokenTree::Group(argument).into()
}

/// Where a call first uses a variable: what is wrong with what an `async` block takes
/// along is said at the word `async`.
pub(crate) fn of_use(call: &ExprAwait) -> Span {
    above(awaits::keyword_span(call), first_use(&call.base, &|_| true))
}

/// Where an expression first uses one of these variables, with the `&` in front.
pub(crate) fn first_use(expr: &Expr, is_variable: &dyn Fn(&Ident) -> bool) -> Option<Span> {
    let mut found = FirstUse { is_variable, found: None };
    found.visit_expr_mut(&mut expr.clone());
    found.found
}

struct FirstUse<'a> {
    is_variable: &'a dyn Fn(&Ident) -> bool,
    found: Option<Span>,
}

impl FirstUse<'_> {
    /// A variable, or a path under one.
    fn is_place(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Path(path) => path.path.get_ident().is_some_and(self.is_variable),
            Expr::Field(field) => self.is_place(&field.base),
            Expr::Index(index) => self.is_place(&index.expr),
            Expr::Paren(inner) => self.is_place(&inner.expr),
            _ => false,
        }
    }
}

impl VisitMut for FirstUse<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let is_use = match &*expr {
            Expr::Reference(borrow) => self.is_place(&borrow.expr),
            // What it takes along is taken where it begins.
            Expr::Closure(_) | Expr::Async(_) => true,
            expr => self.is_place(expr),
        };
        if self.found.is_none() && is_use {
            self.found = expr.to_token_stream().into_iter().next().map(|token| first(&token));
        } else if self.found.is_none() {
            visit_mut::visit_expr_mut(self, expr);
        }
    }

    fn visit_expr_call_mut(&mut self, call: &mut ExprCall) {
        // What is called is a function, as a rule.
        if !matches!(&*call.func, Expr::Path(_)) {
            self.visit_expr_mut(&mut call.func);
        }
        call.args.iter_mut().for_each(|arg| self.visit_expr_mut(arg));
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// Where a token of the user begins; groups without delimiters are none.
fn first(token: &TokenTree) -> Span {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            group.stream().into_iter().next().map_or_else(|| group.span(), |token| first(&token))
        }
        TokenTree::Group(group) => group.span_open(),
        token => token.span(),
    }
}

/// Where a token of the user ends.
fn last(token: &TokenTree) -> Span {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            group.stream().into_iter().last().map_or_else(|| group.span(), |token| last(&token))
        }
        TokenTree::Group(group) => group.span_close(),
        token => token.span(),
    }
}

/// `place` for a token that stands with others at `span`; but `span` itself if that is
/// no later place in the same file, as with what a macro puts together.
pub(crate) fn above(span: Span, place: Option<Span>) -> Span {
    let is_above = |place: &Span| place.file() == span.file() && place.start() <= span.start();
    place.filter(is_above).map_or(span, |place| span.located_at(place))
}
