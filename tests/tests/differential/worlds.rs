//! Statements that look at the world, or act on it: the world that a function shares with its
//! calls.
//!
//! What acts under a name that tells is an effect. What looks is a call or a plain `let`, and
//! has to see what the serial twin sees. Names that do not tell are written too, in functions
//! that are counted apart.

use crate::generate::{Generator, Written};
use crate::grammar::{Mode, Runs, Step, Stmt, Unit, Use};
use crate::scope::{Handed, ODD_LOOKS, Ty, Vars};
use crate::signature::{Reach, Returns};

/// The numbers of the calls that take none, as `support/world.rs` has them.
const CONNECTION: u32 = 11;
const RECEIVE: u32 = 12;
const TABLE: u32 = 13;

/// The calls that wait for a permit before they do what can be seen.
pub(crate) const WAITING: [&str; 3] = ["fetch_alone(", "user(", "user_by_id("];

const COMMANDS: [&str; 23] = [
    "insert_row",
    "update_row",
    "delete_row",
    "save_row",
    "set_total",
    "append_note",
    "remove_row",
    "replace_row",
    "publish_row",
    "charge_row",
    "submit_row",
    "mark_row",
    "increment_total",
    "try_insert_row",
    "bulk_update_rows",
    "write_row",
    "put_row",
    "post",
    "push",
    "record",
    "execute",
    "upsert_row",
    "archive_row",
];
/// They act, and no word says so.
const MISNAMED: [&str; 4] = ["handle_row", "process_row", "touch_row", "row"];
const QUERIES: [&str; 9] = [
    "fetch_row",
    "load_rows",
    "find_row",
    "list_rows",
    "count_rows",
    "get_row",
    "lookup_row",
    "query_rows",
    "select_row",
];
/// Synchronous code that looks: the place of the world stands for `@`.
const LOOKS: [&str; 5] = [
    "@total.load(SeqCst)",
    "@rows.lock().unwrap().len() as u64",
    "@notes.borrow().len() as u64",
    "@last.get()",
    "@rows.lock().unwrap().values().sum::<u64>()",
];
/// Synchronous code that acts: the number that it is given stands for `#`.
const ACTS: [&str; 6] = [
    "@total.fetch_add(#, SeqCst) % 1000",
    "@total.swap(#, SeqCst) % 1000",
    "@rows.lock().unwrap().insert(# % 3, #).unwrap_or(2)",
    "@last.replace(#)",
    "{ @notes.borrow_mut().push(#); # }",
    "@notes.borrow_mut().pop().unwrap_or(#)",
];

impl Generator {
    pub(crate) fn worldly(&mut self, body: &mut Vec<Stmt>) {
        let guards = if self.nested < 3 { 3 } else { 1 };
        let write = self.dice.weighted::<fn(&mut Self, &mut Vec<Stmt>)>(&[
            (8, Self::command),
            (14, Self::query),
            (4, Self::made_before),
            (8, Self::plain_look),
            (5, Self::plain_act),
            (2, Self::act_statement),
            (3, Self::log_look),
            (4, Self::operand_look),
            (guards, Self::permit),
            (guards, Self::connection),
            (guards, Self::table),
            (2, Self::shelf),
            (4, Self::dropped),
            (3, Self::alone),
            (3, Self::pooled),
            (3, Self::received),
            (3, Self::unknown_function),
            (5, Self::derivation),
            (3, Self::odd),
            (3, Self::cell),
        ]);
        write(self, body);
    }

    /// The place of the world, if it is one.
    pub(crate) fn world(&self) -> Vec<Use> {
        self.vars.named("world")
    }

    fn by_place(&self) -> bool {
        self.reach == Some(Reach::Place)
    }

    /// What stands in front of what is asked of it.
    fn receiver(&self) -> &'static str {
        if self.by_place() { "world." } else { "" }
    }

    /// The path of its file.
    fn path(&self) -> &'static str {
        if self.by_place() { "&world.file" } else { "file()" }
    }

    /// A call on the world that is given nothing else of the function's.
    fn on_world(&self, text: String, site: u32) -> Written {
        let unit = Unit { sites: vec![site], uses: self.world(), ..Unit::default() };
        Written { text, units: vec![unit], ..Written::default() }
    }

    /// `world.name(7, n).await`, or `name(7, n).await`.
    fn asked(&mut self, name: &str) -> Written {
        let site = self.site();
        let n = self.handed(&[], &[]);
        let n = if n.is_number() || n.text.ends_with("_u64") {
            n
        } else {
            Handed { text: "4".to_owned(), uses: Vec::new(), loud: false }
        };
        self.vars.used(&n.uses);
        let connection = self.find(|var| var.ty == Ty::Conn).map(|var| format!("{}.", var.name));
        let connection = connection.filter(|_| !name.ends_with("alone") && self.dice.chance(40));
        let receiver = connection.as_deref().unwrap_or(self.receiver());
        let text = format!("{receiver}{name}({site}, {}).await", n.text);
        let uses = self.world().into_iter().chain(n.uses).collect();
        let unit = Unit { sites: vec![site], uses, loud: n.loud, ..Unit::default() };
        Written { text, units: vec![unit], ..Written::default() }
    }

    /// What makes a number of the result.
    fn settled(&mut self, call: Written) -> Written {
        if self.fails() && self.dice.chance(60) {
            call.then("?")
        } else if self.returns == Returns::Option && self.dice.chance(50) {
            call.then(".ok()?")
        } else {
            call.then(".unwrap_or(5)")
        }
    }

    fn call_line(&mut self, call: Written, body: &mut Vec<Stmt>) {
        let (pattern, id) = self.bind(Ty::Num);
        let text = format!("let {pattern} = {};", call.text);
        let Written { units, uses, loud, .. } = call;
        body.push(Stmt::Line { text, step: Step::Call { units, uses, loud, binds: vec![id] } });
    }

    fn effect_line(&mut self, call: Written, body: &mut Vec<Stmt>) {
        let (pattern, _) = self.bind(Ty::Num);
        let text = format!("let {pattern} = {};", call.text);
        body.push(Stmt::Line { text, step: Step::Effect { units: call.units } });
    }

    fn plain_line(&mut self, text: &str, body: &mut Vec<Stmt>) {
        let (pattern, _) = self.bind(Ty::Num);
        let text = format!("let {pattern} = {text};");
        body.push(Stmt::Line { text, step: Step::Plain });
    }

    /// A `let` that acts.
    fn command(&mut self, body: &mut Vec<Stmt>) {
        // The judge takes one that is misnamed for what it is.
        let (form, names): (_, &[&str]) = match self.misnamed {
            true => ("a command whose name does not tell", &MISNAMED),
            false => ("a command", &COMMANDS),
        };
        self.wrote(form);
        let name = self.dice.pick(names);
        let call = self.asked(name);
        let call = self.settled(call);
        self.effect_line(call, body);
    }

    /// A `let` that asks.
    fn query(&mut self, body: &mut Vec<Stmt>) {
        self.wrote("a query");
        let name = self.dice.pick(&QUERIES);
        let call = self.asked(name);
        let call = self.settled(call);
        self.call_line(call, body);
    }

    /// A chain that ends in what runs any statement.
    fn made_before(&mut self, body: &mut Vec<Stmt>) {
        self.wrote("a statement that is made, and then run");
        let acts = self.dice.chance(50);
        let site = self.site();
        let made = match (acts, self.dice.chance(30)) {
            (true, true) => "sql(\"INSERT INTO rows\", 3)".to_owned(),
            (false, true) => "sql(\"SELECT n FROM rows\", 3)".to_owned(),
            (true, false) => {
                self.dice.pick(&["insert_into(3)", "update(4)", "delete_from(5)", "put(6)"]).into()
            }
            (false, false) => self.dice.pick(&["select(3)", "by_key(5)"]).into(),
        };
        let between = self.dice.pick(&["", ".returning()", ".filter(2)"]);
        let run = self.dice.pick(&["fetch_one", "load", "run"]);
        let text = format!("{}{made}{between}.{run}({site}).await", self.receiver());
        let call = self.on_world(text, site);
        let call = self.settled(call);
        if acts { self.effect_line(call, body) } else { self.call_line(call, body) }
    }

    /// Synchronous code that looks at the world.
    fn look(&mut self) -> String {
        if self.dice.chance(15) {
            self.wrote("a look at a file");
            let path = self.path();
            return match self.dice.below(2) {
                0 => format!("fs::read_to_string({path}).map_or(0, |text| text.len() as u64)"),
                _ => format!("u64::from(fs::metadata({path}).is_ok())"),
            };
        }
        let look = self.dice.pick(&LOOKS);
        self.reached(look, false)
    }

    /// Synchronous code that acts on the world.
    fn act(&mut self) -> String {
        let n = format!("{}_u64", 1 + self.dice.below(50));
        if self.dice.chance(15) {
            self.wrote("a file that is written");
            let path = self.path();
            return format!("u64::from(fs::write({path}, {n}.to_string()).is_ok())");
        }
        let act = self.dice.pick(&ACTS).replace('#', &n);
        self.reached(&act, true)
    }

    pub(crate) fn look_or_act(&mut self) -> String {
        self.wrote("an argument that looks at the world");
        if self.dice.chance(70) { self.look() } else { self.act() }
    }

    fn reached(&mut self, text: &str, acts: bool) -> String {
        let place = text.replace('@', "world.");
        if self.by_place() {
            // A guard is held to the end of the statement, unless a block ends it before: a
            // second one would wait for ever.
            return match text.contains("lock()") || text.contains("borrow") {
                false => place,
                true if self.guarded => "world.total.load(SeqCst)".to_owned(),
                true if self.dice.chance(50) => format!("{{ {place} }}"),
                true => {
                    self.guarded = true;
                    place
                }
            };
        }
        let with = if acts { ["with", "with_borrow_mut"] } else { ["with", "with_borrow"] };
        let with = self.dice.pick(&with);
        format!("WORLD.{with}(|world| {place})")
    }

    fn plain_look(&mut self, body: &mut Vec<Stmt>) {
        self.wrote("a plain let that looks at the world");
        let text = self.look();
        self.plain_line(&text, body);
    }

    fn plain_act(&mut self, body: &mut Vec<Stmt>) {
        self.wrote("a plain let that acts");
        let text = self.act();
        self.plain_line(&text, body);
    }

    fn act_statement(&mut self, body: &mut Vec<Stmt>) {
        let text = format!("{};", self.act());
        body.push(Stmt::Line { text, step: Step::Effect { units: Vec::new() } });
    }

    /// A log line that shows what may change.
    fn log_look(&mut self, body: &mut Vec<Stmt>) {
        self.wrote("a log line that looks at the world");
        let site = self.site();
        let look = self.look();
        let text = format!("info!(cx, {site}, \"line {site}: {{}}\", {look});");
        body.push(Stmt::Line { text, step: Step::Log { uses: Vec::new() } });
    }

    /// An operand beside a call.
    fn operand_look(&mut self, body: &mut Vec<Stmt>) {
        self.wrote("an operand that looks at the world");
        let name = self.dice.pick(&QUERIES);
        let call = self.asked(name);
        let call = self.settled(call);
        let beside = match self.dice.below(4) {
            0 => self.act(),
            1 => match self.way(Handed::is_number) {
                Some(way) => {
                    self.vars.used(&way.uses);
                    way.text
                }
                None => self.look(),
            },
            _ => self.look(),
        };
        let (mut call, beside) = (call, format!("({beside})"));
        call.text = match self.dice.below(3) {
            0 => format!("{} + {beside}", call.text),
            1 => format!("{beside} + {}", call.text),
            _ => format!("({}, {beside}).1", call.text),
        };
        call.loud = true;
        self.call_line(call, body);
    }

    /// Inside the gate, until the name is dropped.
    fn permit(&mut self, body: &mut Vec<Stmt>) {
        if self.vars.alive(Ty::Permit) {
            return;
        }
        self.wrote("a permit");
        let site = self.site();
        let text = match (self.misnamed, self.by_place()) {
            (true, _) => format!("enter_gate({site}).await"),
            (_, true) => format!("world.gate.acquire({site}).await"),
            _ => format!("acquire_gate({site}).await"),
        };
        self.guard(text, Ty::Permit, site, body);
    }

    fn connection(&mut self, body: &mut Vec<Stmt>) {
        if self.vars.alive(Ty::Conn) {
            return;
        }
        self.wrote("a connection");
        let text = match (self.by_place(), self.dice.chance(50)) {
            (true, _) => "world.pool.get().await",
            (_, true) => "pool().get().await",
            _ => "get_conn().await",
        };
        self.guard(text.to_owned(), Ty::Conn, CONNECTION, body);
    }

    /// Fields behind a guard.
    fn table(&mut self, body: &mut Vec<Stmt>) {
        if self.vars.alive(Ty::Table) {
            return;
        }
        self.wrote("fields behind a guard");
        let text = if self.by_place() { "world.table.lock().await" } else { "lock_table().await" };
        self.guard(text.to_owned(), Ty::Table, TABLE, body);
    }

    fn guard(&mut self, call: String, ty: Ty, site: u32, body: &mut Vec<Stmt>) {
        let mutable = ty == Ty::Table;
        let name = self.vars.fresh_name(&mut self.dice);
        let id = self.vars.declare(&name, ty, mutable);
        self.vars.declared_at(id, self.nested);
        let mutable = if mutable { "mut " } else { "" };
        let units = vec![Unit { sites: vec![site], ..Unit::default() }];
        let text = format!("let {mutable}{name} = {call};");
        body.push(Stmt::Line { text, step: Step::Effect { units } });
    }

    /// Fields behind the guard of a cell.
    fn shelf(&mut self, body: &mut Vec<Stmt>) {
        if self.vars.alive(Ty::Shelf) || !self.by_place() {
            return;
        }
        self.wrote("fields behind the guard of a cell");
        let name = self.vars.fresh_name(&mut self.dice);
        let id = self.vars.declare(&name, Ty::Shelf, true);
        self.vars.declared_at(id, self.nested);
        let text = format!("let mut {name} = world.shelf.borrow_mut();");
        body.push(Stmt::Line { text, step: Step::Plain });
    }

    /// A guard is dropped where it was made.
    fn dropped(&mut self, body: &mut Vec<Stmt>) {
        let guard = |ty| matches!(ty, Ty::Permit | Ty::Conn | Ty::Table | Ty::Shelf);
        let nested = self.nested;
        let Some(var) = self.find(|var| guard(var.ty) && var.nested == nested) else { return };
        if !self.vars.movable(&var) {
            return;
        }
        let uses = self.vars.uses(&var, "", Mode::Move);
        self.vars.used(&uses);
        let text = format!("drop({});", var.name);
        body.push(Stmt::Line { text, step: Step::Effect { units: Vec::new() } });
    }

    /// A query that is alone inside the gate while it runs.
    fn alone(&mut self, body: &mut Vec<Stmt>) {
        if self.vars.alive(Ty::Permit) {
            return;
        }
        self.wrote("a query behind the gate");
        let call = self.asked("fetch_alone");
        let call = self.settled(call);
        self.call_line(call, body);
    }

    /// A query that takes a connection for itself.
    fn pooled(&mut self, body: &mut Vec<Stmt>) {
        if self.vars.alive(Ty::Conn) {
            return;
        }
        self.wrote("a query on the pool");
        let site = self.site();
        let text = match (self.by_place(), self.dice.chance(50)) {
            (true, _) => format!("user(&world.pool, {site}, 3).await"),
            (_, true) => format!("user(&pool(), {site}, 3).await"),
            _ => format!("user_by_id({site}, 4).await"),
        };
        let call = self.on_world(text, site);
        let call = self.settled(call);
        self.call_line(call, body);
    }

    fn received(&mut self, body: &mut Vec<Stmt>) {
        self.wrote("what is taken from a queue");
        let text = match self.by_place() {
            true => {
                let method = self.dice.pick(&["recv", "next", "pop_front"]);
                format!("world.queue.{method}().await")
            }
            false => "recv().await".to_owned(),
        };
        let call = self.on_world(text, RECEIVE);
        self.call_line(call, body);
    }

    /// Synchronous functions whose names do not tell that they look, act, or wait.
    fn unknown_function(&mut self, body: &mut Vec<Stmt>) {
        if !self.by_place() {
            return;
        }
        let site = self.site();
        // By their names the first two only compute, so that they may run ahead of what is above.
        let kind = if self.misnamed { self.dice.below(3) } else { 2 };
        let text = match kind {
            0 => "tally(world)".to_owned(),
            1 => format!("bill(world, {site}, 8)"),
            _ if self.vars.alive(Ty::Permit) => return,
            _ => {
                self.wrote("a synchronous function that waits by itself");
                format!("sidebar(world, {site}, 8)")
            }
        };
        self.plain_line(&text, body);
    }

    /// What only computes, and may fail or panic.
    pub(crate) fn derivation(&mut self, body: &mut Vec<Stmt>) {
        let Some(mut n) = self.way(Handed::is_number) else { return };
        let number = n.text;
        let kind = self.dice.below(6);
        let text = match kind {
            0 => {
                self.wrote("an index that may panic");
                format!("[3_u64; 29][({number} % 30) as usize]")
            }
            1 => {
                self.wrote("a division that may panic");
                format!("1000 / ({number} % 30)")
            }
            2 => {
                self.wrote("an unwrap that may panic");
                format!("{number}.checked_sub(30).unwrap()")
            }
            3 if self.returns == Returns::Option => {
                self.wrote("a derivation that may fail");
                let site = self.site();
                format!("parse({site}, {number}).ok()?")
            }
            _ if self.fails() => {
                self.wrote("a derivation that may fail");
                let site = self.site();
                format!("parse({site}, {number})?")
            }
            _ => format!("{number} * 3"),
        };
        match kind {
            2 => self.vars.by_method(&mut n.uses),
            _ if text.contains("parse(") => {}
            _ => Vars::by_operator(&mut n.uses),
        }
        self.vars.used(&n.uses);
        let (pattern, id) = self.bind(Ty::Num);
        if kind == 0 {
            // Only what is `Copy` can be taken out of an array so.
            self.vars.copied(id);
        }
        let text = format!("let {pattern} = {text};");
        let runs = match () {
            () if text.contains("parse(") => Runs::Unknown,
            () if text.ends_with("* 3;") => Runs::Nothing,
            () => Runs::Known,
        };
        let step = Step::Derive { uses: n.uses, runs, binds: vec![id] };
        body.push(Stmt::Line { text, step });
    }

    /// A value of a type that has the names of the standard library.
    fn odd(&mut self, body: &mut Vec<Stmt>) {
        self.wrote("names of the standard library on another type");
        if let Some(way) = self.way(|way| ODD_LOOKS.iter().any(|end| way.text.ends_with(end))) {
            self.vars.used(&way.uses);
            return self.plain_line(&way.text, body);
        }
        self.made("Odd::new", Ty::Odd, body);
    }

    fn cell(&mut self, body: &mut Vec<Stmt>) {
        self.wrote("a cell");
        if let Some(way) = self.way(|way| way.text.ends_with(".get()")) {
            self.vars.used(&way.uses);
            return self.plain_line(&way.text, body);
        }
        self.made("Cell::new", Ty::Cell, body);
    }

    fn made(&mut self, make: &str, ty: Ty, body: &mut Vec<Stmt>) {
        let n = self.dice.below(90);
        let name = self.vars.fresh_name(&mut self.dice);
        self.vars.declare(&name, ty, ty == Ty::Odd);
        let mutable = if ty == Ty::Odd { "mut " } else { "" };
        let text = format!("let {mutable}{name} = {make}({n}_u64);");
        let step = Step::Plain;
        body.push(Stmt::Line { text, step });
    }
}
