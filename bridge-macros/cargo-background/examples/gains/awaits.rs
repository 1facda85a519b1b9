//! What a statement awaits, and how two awaits of it are related by its form.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{
    BinOp, Block, Expr, ExprAsync, ExprAwait, ExprBinary, ExprClosure, ExprForLoop, ExprIf,
    ExprMatch, ExprWhile, Item, Local, Macro, Stmt, Token,
};

use crate::names::Names;

/// Something of a statement that awaits.
pub(crate) struct Part {
    /// Where in the statement it stands: the forms around it, from the outermost one.
    path: Vec<Step>,
    /// What decides whether it runs: the heads of the forms around it.
    under: Vec<TokenStream>,
    pub(crate) kind: Kind,
}

pub(crate) enum Kind {
    /// An await, with what is under it.
    Await(ExprAwait),
    /// A block in which so much is awaited.
    Block(Block, usize),
    /// A macro that cannot be seen into.
    Macro(TokenStream),
}

/// One form, and which part of it is meant.
#[derive(Clone, Copy)]
struct Step {
    /// The forms of a statement are numbered as they are met.
    number: usize,
    form: Form,
    part: usize,
}

/// A form whose parts do not all run, or run one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// What it is awaited of, and the await.
    Await,
    /// The condition, and the blocks.
    If,
    /// What is matched, and the arms.
    Match,
    /// What is asked before an iteration, and the body.
    While,
    /// What is gone through, and the body.
    For,
    /// What is bound, and the `else`.
    LetElse,
    /// `&&` or `||`
    Lazy,
}

/// How a later await of a statement is related to an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// It is of what the earlier one gives.
    Chained,
    /// The earlier one stands in the head of the form, and decides about the later one.
    UnderHead(Form),
    /// Only one of them runs.
    Either,
    /// Both are operands of one expression.
    Operands,
}

/// The awaits of a statement in the order of evaluation. Blocks are parts of their own.
pub(crate) fn parts(stmt: &Stmt) -> Vec<Part> {
    let mut finder = Finder::default();
    finder.visit_stmt_mut(&mut stmt.clone());
    finder.found
}

/// How many awaits a block holds, those of blocks inside of it included.
pub(crate) fn count(block: &Block) -> usize {
    let of_part = |part: Part| match part.kind {
        Kind::Block(_, awaits) => awaits,
        Kind::Await(_) | Kind::Macro(_) => 1,
    };
    block.stmts.iter().flat_map(parts).map(of_part).sum()
}

impl Part {
    /// How a later part is related to this one.
    pub(crate) fn relation(&self, later: &Part) -> Relation {
        let mut steps = self.path.iter().zip(&later.path);
        let parted =
            steps.find(|(one, other)| (one.number, one.part) != (other.number, other.part));
        match parted {
            Some((one, other)) if one.number == other.number => match (one.form, one.part) {
                (Form::Await, _) => Relation::Chained,
                (Form::If | Form::Match, 1..) => Relation::Either,
                (form, _) => Relation::UnderHead(form),
            },
            _ => Relation::Operands,
        }
    }

    /// The form in whose head it stands, if the outermost form has it there.
    pub(crate) fn head(&self) -> Option<Form> {
        let heads = |step: &&Step| step.form != Form::Await;
        self.path.iter().find(heads).filter(|step| step.part == 0).map(|step| step.form)
    }

    /// Whether what decides about it mentions some names.
    pub(crate) fn is_decided_by(&self, names: &Names) -> bool {
        self.under.iter().any(|head| names.are_in(head))
    }
}

#[derive(Default)]
struct Finder {
    found: Vec<Part>,
    path: Vec<Step>,
    under: Vec<TokenStream>,
    forms: usize,
}

impl Finder {
    fn add(&mut self, kind: Kind) {
        self.found.push(Part { path: self.path.clone(), under: self.under.clone(), kind });
    }

    /// Visits parts of a form.
    fn within(&mut self, form: Form, visit: impl FnOnce(&mut Self)) {
        self.path.push(Step { number: self.forms, form, part: 0 });
        self.forms += 1;
        visit(self);
        self.path.pop();
    }

    /// The next part of the form that is being visited.
    fn next_part(&mut self) {
        self.path.iter_mut().last().into_iter().for_each(|step| step.part += 1);
    }

    /// Visits what a head decides about.
    fn decided(&mut self, head: &impl ToTokens, visit: impl FnOnce(&mut Self)) {
        self.under.push(head.to_token_stream());
        visit(self);
        self.under.pop();
    }
}

impl VisitMut for Finder {
    fn visit_expr_await_mut(&mut self, call: &mut ExprAwait) {
        self.within(Form::Await, |finder| {
            finder.visit_expr_mut(&mut call.base);
            finder.next_part();
            finder.add(Kind::Await(call.clone()));
        });
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        let awaits = count(block);
        if awaits > 0 {
            self.add(Kind::Block(block.clone(), awaits));
        }
    }

    fn visit_expr_if_mut(&mut self, branch: &mut ExprIf) {
        self.within(Form::If, |finder| {
            finder.visit_expr_mut(&mut branch.cond);
            finder.decided(&branch.cond, |finder| {
                finder.next_part();
                finder.visit_block_mut(&mut branch.then_branch);
                finder.next_part();
                if let Some((_, other)) = &mut branch.else_branch {
                    finder.visit_expr_mut(other);
                }
            });
        });
    }

    fn visit_expr_match_mut(&mut self, choice: &mut ExprMatch) {
        self.within(Form::Match, |finder| {
            finder.visit_expr_mut(&mut choice.expr);
            finder.decided(&choice.expr, |finder| {
                for arm in &mut choice.arms {
                    finder.next_part();
                    finder.visit_arm_mut(arm);
                }
            });
        });
    }

    fn visit_expr_while_mut(&mut self, repeat: &mut ExprWhile) {
        self.within(Form::While, |finder| {
            finder.visit_expr_mut(&mut repeat.cond);
            finder.next_part();
            finder.decided(&repeat.cond, |finder| finder.visit_block_mut(&mut repeat.body));
        });
    }

    fn visit_expr_for_loop_mut(&mut self, repeat: &mut ExprForLoop) {
        self.within(Form::For, |finder| {
            finder.visit_expr_mut(&mut repeat.expr);
            finder.next_part();
            finder.decided(&repeat.expr, |finder| finder.visit_block_mut(&mut repeat.body));
        });
    }

    fn visit_expr_binary_mut(&mut self, binary: &mut ExprBinary) {
        if !matches!(binary.op, BinOp::And(_) | BinOp::Or(_)) {
            return visit_mut::visit_expr_binary_mut(self, binary);
        }
        self.within(Form::Lazy, |finder| {
            finder.visit_expr_mut(&mut binary.left);
            finder.next_part();
            finder.decided(&binary.left, |finder| finder.visit_expr_mut(&mut binary.right));
        });
    }

    fn visit_local_mut(&mut self, local: &mut Local) {
        let Some(init) = &mut local.init else { return };
        let Some((_, other)) = &mut init.diverge else {
            return self.visit_expr_mut(&mut init.expr);
        };
        self.within(Form::LetElse, |finder| {
            finder.visit_expr_mut(&mut init.expr);
            finder.next_part();
            finder.decided(&init.expr, |finder| finder.visit_expr_mut(other));
        });
    }

    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        if !awaits(mac.tokens.clone()) {
            return;
        }
        let arguments = Punctuated::<Expr, Token![,]>::parse_terminated;
        match arguments.parse2(mac.tokens.clone()) {
            Ok(arguments) => {
                arguments.into_iter().for_each(|mut expr| self.visit_expr_mut(&mut expr));
            }
            Err(_) => self.add(Kind::Macro(mac.tokens.clone())),
        }
    }

    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// Whether tokens hold `.await`.
fn awaits(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "await",
        TokenTree::Group(group) => awaits(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
