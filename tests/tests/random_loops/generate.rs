//! Random loops with a limit: what gives the items, what leads, the head, and the rest.

use super::dice::Dice;

/// A written function.
pub(crate) struct Loop {
    /// Its statements, with `LIMIT` for the arguments of the marker.
    body: String,
    /// The call of each iteration whose failure alone leaves the loop, where no rest waits or
    /// leaves: so that the first failure in time can be told.
    pub(crate) fails_by: Option<String>,
    /// No rest leaves, and what it says depends on its own iteration alone.
    pub(crate) is_whole: bool,
    pub(crate) forms: Vec<&'static str>,
}

impl Loop {
    /// The functions of one loop: overlapping, serial and async, in order and not.
    pub(crate) fn source(&self, index: usize) -> String {
        let function = |name: &str, marker: &str, is_async: bool, limit: &str| {
            let asyncness = if is_async { "async " } else { "" };
            let body = self.body.replace("LIMIT", limit);
            format!(
                "#[background{marker}]\npub {asyncness}fn {name}(world: &World) -> \
                 Result<(Vec<u64>, u64), String> {{\n{body}}}\n\n"
            )
        };
        let (ordered, unordered) = ("limit = world.limit", "limit = world.limit, unordered");
        [
            "use super::*;\n\n".to_owned(),
            function("serial", "(serial)", false, ordered),
            function("overlapping", "", false, ordered),
            function("awaited", "", true, ordered),
            function("unordered", "", false, unordered),
            function("unordered_awaited", "", true, unordered),
            format!(
                "pub const LOOP: Loop = Loop {{ index: {index}, fails_by: {:?}, is_whole: {}, \
                 serial, overlapping, awaited: |world| run_in_foreground(awaited(world)), \
                 unordered, unordered_awaited: |world| \
                 run_in_foreground(unordered_awaited(world)) }};\n",
                self.fails_by, self.is_whole
            ),
        ]
        .concat()
    }
}

/// Writes one.
pub(crate) struct Generator {
    dice: Dice,
    /// Numbers that may be used.
    numbers: Vec<String>,
    /// How many calls have a name.
    calls: usize,
    /// The calls whose failures leave the loop.
    failing: Vec<String>,
    waits: bool,
    leaves: bool,
    forms: Vec<&'static str>,
}

impl Generator {
    pub(crate) fn new(dice: Dice) -> Self {
        let numbers = vec!["item.n".to_owned()];
        Generator {
            dice,
            numbers,
            calls: 0,
            failing: Vec::new(),
            waits: false,
            leaves: false,
            forms: Vec::new(),
        }
    }

    pub(crate) fn write(mut self) -> Loop {
        let open = self.source();
        let mut body = String::new();
        for _ in 0..self.dice.below(4) {
            body += &format!("        {}\n", self.leading());
        }
        body += &format!("        {}\n", self.head());
        body += "        world.say(\"rest\", item.n);\n";
        for _ in 0..self.dice.below(3) {
            body += &format!("        {}\n", self.rest());
        }
        let fails_by = match self.failing.as_slice() {
            [call] if !self.waits && !self.leaves => Some(format!("{call} ")),
            _ => None,
        };
        let body = format!(
            "    let (mut found, mut sum) = (Vec::new(), 0_u64);\n    let mut failed = 0_u64;\n    \
             let mut source = world.source();\n    #[background(LIMIT)]\n    {open} {{\n{body}    \
             }}\n    world.say(\"after\", failed);\n    Ok((found, sum))\n"
        );
        Loop { body, fails_by, is_whole: !self.leaves, forms: self.forms }
    }

    fn wrote(&mut self, form: &'static str) {
        self.forms.push(form);
    }

    fn source(&mut self) -> String {
        match self.dice.below(6) {
            0..3 => "for item in world.items()".to_owned(),
            3 => {
                self.wrote("while let");
                "while let Some(item) = source.next().await".to_owned()
            }
            4 => {
                self.wrote("while let with a ?");
                // It fails beside the calls.
                self.leaves = true;
                "while let Some(item) = source.try_next().await?".to_owned()
            }
            _ => {
                self.wrote("while let that stops matching");
                self.leaves = true;
                "while let Ok(Some(item)) = source.try_next().await".to_owned()
            }
        }
    }

    fn number(&mut self) -> String {
        self.dice.pick(&self.numbers.clone())
    }

    fn call(&mut self) -> String {
        self.calls += 1;
        let number = self.number();
        format!("world.get(\"c{}\", {number}).await", self.calls)
    }

    /// A call, and what makes a number of its value.
    fn value(&mut self) -> String {
        let call = self.call();
        if self.dice.chance(60) {
            self.failing.push(format!("c{}", self.calls));
            format!("{call}?")
        } else {
            format!("{call}.unwrap_or(7)")
        }
    }

    fn bind(&mut self) -> String {
        let name = format!("x{}", self.numbers.len());
        self.numbers.push(name.clone());
        name
    }

    fn leading(&mut self) -> String {
        match self.dice.below(8) {
            0..3 => {
                let value = self.value();
                format!("let {} = {value};", self.bind())
            }
            3 => {
                self.wrote("a plain let between calls");
                let number = self.number();
                format!("let {} = {number} * 2 + 1;", self.bind())
            }
            4 => {
                self.wrote("a tuple of calls");
                let (left, right) = (self.value(), self.value());
                let (a, b) = (self.bind(), self.bind());
                format!("let ({a}, {b}) = ({left}, {right});")
            }
            5 => {
                self.wrote("a branch as a call");
                let (number, value) = (self.number(), self.value());
                format!("let {} = if {number} % 2 == 0 {{ {value} }} else {{ 3 }};", self.bind())
            }
            6 => {
                self.wrote("a marked statement");
                let value = self.value();
                format!("#[background] {value};")
            }
            _ => {
                self.wrote("an iteration that is skipped");
                format!("if {} % 3 == 1 {{ continue; }}", self.number())
            }
        }
    }

    fn head(&mut self) -> String {
        match self.dice.below(8) {
            0 => {
                let value = self.value();
                format!("let {} = {value};", self.bind())
            }
            1 => {
                self.wrote("a push");
                format!("found.push({});", self.value())
            }
            2 => {
                self.wrote("a sum");
                format!("sum += {};", self.value())
            }
            3 => {
                self.wrote("a let else");
                let call = self.call();
                format!("let Ok({}) = {call} else {{ failed += 1; continue }};", self.bind())
            }
            4 => {
                self.wrote("a match that collects failures");
                let call = self.call();
                format!(
                    "let {} = match {call} {{ Ok(x) => x, Err(_) => {{ failed += 1; continue }} }};",
                    self.bind()
                )
            }
            5 => {
                self.wrote("an if let");
                let call = self.call();
                format!("if let Err(error) = {call} {{ world.say(&error, item.n); continue; }}")
            }
            6 => {
                self.wrote("a match on a number");
                let value = self.value();
                format!("match {value} % 3 {{ 0 => continue, 1 => found.push(item.n), _ => {{}} }}")
            }
            _ => {
                self.wrote("a first statement");
                let call = self.call();
                self.failing.push(format!("c{}", self.calls));
                match self.calls {
                    1 => format!("{call}?;"),
                    _ => format!("#[background] {call}?;"),
                }
            }
        }
    }

    fn rest(&mut self) -> String {
        match self.dice.below(7) {
            0 | 1 => format!("found.push({});", self.number()),
            2 => {
                self.wrote("a rest that waits");
                self.waits = true;
                let value = self.value();
                format!("let {} = {value};", self.bind())
            }
            3 => {
                self.wrote("a rest that breaks");
                self.leaves = true;
                format!("if {} % 11 == 5 {{ break; }}", self.number())
            }
            4 => {
                self.wrote("a rest that returns");
                self.leaves = true;
                format!("if {} % 13 == 6 {{ return Ok((found, sum)); }}", self.number())
            }
            5 => {
                self.wrote("a foreground in the rest");
                self.waits = true;
                format!("#[foreground] world.alone({});", self.number())
            }
            _ => format!("world.say(\"more\", {});", self.number()),
        }
    }
}
