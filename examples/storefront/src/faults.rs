//! Each function under each fault, beside its serial twin: the same value or the same error, in bounded time.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use bridge::run_in_foreground;

use crate::clients::{Places, Shop};
use crate::error::{Cause, Error};
use crate::model::Order;
use crate::servers::Which;
use crate::setting::Setting;
use crate::{overlapped, seed, serial};
use bridge_tests::proxy::{Fault, Kind};

/// No run may take longer.
pub const BOUND: Duration = Duration::from_secs(8);

/// How much longer a request takes that comes late.
const LATE: Duration = Duration::from_millis(500);

/// How long a call may take where nothing answers.
const LIMIT: Duration = Duration::from_millis(300);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Server {
    Postgres,
    Redis,
    Service,
}

use Server::{Postgres, Redis, Service};

/// Which of the two forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Overlapped,
    Serial,
}

/// A function, and the requests that it makes.
struct Subject {
    name: &'static str,
    run: fn(Form, &Shop, i32) -> String,
    requests: &'static [(Server, &'static str)],
}

macro_rules! subject {
    ($name:literal, |$shop:ident, $turn:ident| $($path:ident)::+ ($($argument:expr),*) $(=> $told:expr)?, $requests:expr) => {
        Subject {
            name: $name,
            run: |form, $shop, $turn| {
                let _ = $turn;
                let result = match form {
                    Form::Overlapped => overlapped::shop::$($path)::+($shop $(, $argument)*),
                    Form::Serial => serial::shop::$($path)::+($shop $(, $argument)*),
                };
                $(let result = $told(result);)?
                told(result)
            },
            requests: $requests,
        }
    };
}

fn told<T: Debug>(result: Result<T, Error>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        // Whose number it is may differ.
        Err(Error::Refused(_)) => "error: the payment was refused".to_owned(),
        Err(error) => format!("error: {error}"),
    }
}

/// What two orders have in common.
fn order(result: Result<Order, Error>) -> Result<(i32, i64, String), Error> {
    result.map(|order| (order.seats, order.cents, order.state))
}

const SUBJECTS: &[Subject] = &[
    subject!(
        "the page of a flight",
        |shop, turn| pages::flight(7),
        &[
            (Postgres, "/* flight */"),
            (Postgres, "/* airline */"),
            (Postgres, "/* plane */"),
            (Postgres, "/* others */"),
            (Service, "GET /weather"),
            (Postgres, "/* seats */"),
            (Service, "GET /quotes"),
            (Redis, "views:"),
            (Service, "GET /notices"),
        ]
    ),
    subject!(
        "the first page",
        |shop, turn| pages::home(),
        &[
            (Postgres, "/* departures */"),
            (Redis, "destinations"),
            (Postgres, "/* count */"),
            (Service, "GET /notices"),
            (Service, "GET /rates"),
        ]
    ),
    subject!(
        "a search",
        |shop, turn| pages::search("JFK", "LAX"),
        &[
            (Postgres, "/* between */"),
            (Postgres, "/* mean */"),
            (Service, "GET /rates"),
            // Of the first iteration.
            (Service, "GET /quotes/13?"),
        ]
    ),
    subject!(
        "the page of a customer",
        |shop, turn| pages::customer(200),
        &[(Postgres, "/* customer */"), (Postgres, "/* orders */"), (Redis, "points:"),]
    ),
    subject!(
        "a board",
        |shop, turn| pages::board("EWR"),
        &[(Postgres, "/* departures */"), (Service, "GET /weather"), (Postgres, "/* board */"),]
    ),
    subject!(
        "a cart",
        |shop, turn| pages::cart(&[(1, 1), (2, 1), (3, 1)]),
        &[(Postgres, "/* seats */"), (Service, "GET /quotes/2"),]
    ),
    subject!(
        "an import",
        |shop, turn| nightly::import(&seed::flights()[..12]),
        &[
            // Of iterations that are known by what they ask for: a plane, and a destination.
            (Postgres, "N14228"),
            (Postgres, "BQN"),
        ]
    ),
    subject!("the report of a day", |shop, turn| reports::daily() => |day: Result<crate::model::Daily, Error>| {
        // Others order meanwhile.
        day.map(|day| (day.flights, day.cancelled, day.mean_delay))
    }, &[
        (Postgres, "/* flown */"),
        (Postgres, "/* gone */"),
        (Postgres, "/* sold */"),
        (Service, "GET /rates"),
    ]),
    subject!(
        "the airlines",
        |shop, turn| reports::airlines(),
        &[(Postgres, "/* carriers */"), (Postgres, "/* airline */"), (Postgres, "/* of */"),]
    ),
    subject!(
        "whether all answer",
        |shop, turn| reports::health(),
        &[(Postgres, "/* health */"), (Redis, "views:"), (Service, "GET /notices"),]
    ),
    subject!("an export", |shop, turn| nightly::export(), &[(Postgres, "/* export */")]),
    // Of a flight of their own.
    subject!("an order", |shop, turn| orders::place(turn % 9 + 1, 100 + turn, 2) => order, &[
        (Postgres, "/* customer */"),
        (Postgres, "/* flight */"),
        (Service, "GET /quotes"),
        (Postgres, "BEGIN"),
        (Postgres, "/* lock */"),
        (Postgres, "/* insert */"),
        (Postgres, "/* take */"),
        (Postgres, "COMMIT"),
        (Service, "POST /charges"),
        (Postgres, "/* state */"),
        (Redis, "points:"),
        (Postgres, "/* order */"),
    ]),
];

/// What is done to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    Refused,
    CutRequest,
    CutAnswer,
    BlackHole,
    Dribble,
    Late,
    Restart,
    /// The first request comes late, and the last one is cut off.
    LateAndCut,
    /// The first and the last request are cut off.
    BothCut,
}

impl Done {
    fn name(self) -> &'static str {
        match self {
            Done::Refused => "connections are refused",
            Done::CutRequest => "the request is cut off",
            Done::CutAnswer => "the answer is cut off",
            Done::BlackHole => "nothing comes through",
            Done::Dribble => "byte by byte",
            Done::Late => "500 ms more",
            Done::Restart => "the server is stopped and started",
            Done::LateAndCut => "the first comes late, the last is cut off",
            Done::BothCut => "the first and the last are cut off",
        }
    }
}

/// A fault case, and what has come out.
#[derive(Clone, Debug)]
pub struct Case {
    pub function: &'static str,
    pub request: &'static str,
    pub fault: &'static str,
    pub overlapped: String,
    pub serial: String,
    /// The longer one of the two runs.
    pub took: Duration,
    /// Whether the fault has met both.
    pub has_struck: bool,
}

impl Case {
    /// Whether both forms gave the same, in time.
    pub fn is_same(&self) -> bool {
        self.overlapped == self.serial && self.took < BOUND
    }
}

/// All cases, some at once; and of those that stop a server, one after the other, the last so many.
///
/// # Errors
///
/// A server does not answer without a fault.
pub fn all(setting: &Arc<Setting>, stops: usize) -> Result<Vec<Case>, Error> {
    let mut cases = Vec::new();
    let mut stopping = Vec::new();
    for subject in SUBJECTS {
        for &(server, request) in subject.requests {
            for done in
                [Done::CutRequest, Done::CutAnswer, Done::BlackHole, Done::Dribble, Done::Late]
            {
                cases.push((subject, server, request, done));
            }
        }
        if let [(server, request), .., _] = *subject.requests {
            cases.extend(
                [Done::LateAndCut, Done::BothCut].map(|done| (subject, server, request, done)),
            );
        }
        for server in [Postgres, Redis, Service] {
            let first = subject.requests.iter().find(|(asked, _)| *asked == server);
            if let Some(&(_, request)) = first {
                cases.push((subject, server, request, Done::Refused));
                if server != Service {
                    stopping.push((subject, server, request, Done::Restart));
                }
            }
        }
    }
    let turns = AtomicI32::new(0);
    let (next, found) = (AtomicUsize::new(0), std::sync::Mutex::new(Vec::new()));
    let run =
        |at: usize, (subject, server, request, done): (&Subject, Server, &'static str, Done)| {
            let once = || case(setting, &turns, subject, server, request, done);
            let mut case = once()?;
            // On a machine that is busy a call may end before its request is on the wire.
            for _ in 0..2 {
                if !case.has_struck {
                    case = once()?;
                }
            }
            found.lock().expect("nobody panics").push((at, case));
            Ok::<_, Error>(())
        };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let at = next.fetch_add(1, Ordering::SeqCst);
                        let Some(&case) = cases.get(at) else { return Ok(()) };
                        run(at, case)?;
                    }
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("it does not panic"))
    })?;
    let stopping = stopping.split_off(stopping.len().saturating_sub(stops));
    for (at, case) in stopping.into_iter().enumerate() {
        run(cases.len() + at, case)?;
    }
    let mut found = found.into_inner().expect("nobody panics");
    found.sort_by_key(|(at, _)| *at);
    Ok(found.into_iter().map(|(_, case)| case).collect())
}

fn case(
    setting: &Arc<Setting>,
    turns: &AtomicI32,
    subject: &Subject,
    server: Server,
    request: &'static str,
    done: Done,
) -> Result<Case, Error> {
    let turn = turns.fetch_add(1, Ordering::SeqCst) % 600;
    let mut case = Case {
        function: subject.name,
        request,
        fault: done.name(),
        overlapped: String::new(),
        serial: String::new(),
        took: Duration::ZERO,
        has_struck: true,
    };
    for form in [Form::Serial, Form::Overlapped] {
        let proxies = setting.proxies(Duration::ZERO).expect("there are ports");
        let limit = match done {
            Done::BlackHole | Done::Refused => LIMIT,
            _ => BOUND / 2,
        };
        let places = Places { limit, with_texts: true, ..proxies.places() };
        // A machine that is busy may need longer than a call may take.
        let shop = (0..10).find_map(|_| run_in_foreground(Shop::connect(&places)).ok());
        let shop = shop.ok_or(Error::Call { call: "connect", cause: Cause::TimedOut })?;
        let proxy = |server| match server {
            Postgres => &proxies.postgres,
            Redis => &proxies.redis,
            Service => &proxies.service,
        };
        let mut faults = Vec::new();
        if matches!(done, Done::LateAndCut | Done::BothCut) {
            let (last, request) = *subject.requests.last().expect("there are several");
            faults.push((last, Fault { request: request.to_owned(), kind: Kind::CutRequest }));
        }
        let first = kind(setting, server, done);
        faults.extend(first.map(|kind| (server, Fault { request: request.to_owned(), kind })));
        for server in [Postgres, Redis, Service] {
            let here = faults.iter().filter(|(of, _)| *of == server);
            proxy(server).set(here.map(|(_, fault)| fault.clone()).collect());
        }
        let proxy = proxy(server);
        if done == Done::Refused {
            proxy.refuse();
        }
        let begin = Instant::now();
        let outcome = (subject.run)(form, &shop, turn);
        case.took = case.took.max(begin.elapsed());
        case.has_struck &= done == Done::Refused || proxy.struck() > 0;
        match form {
            Form::Overlapped => case.overlapped = outcome,
            Form::Serial => case.serial = outcome,
        }
        run_in_foreground(shop.close());
        // A server that was stopped is there again for the next one.
        setting.servers.wait();
    }
    Ok(case)
}

/// What is done to the request; nothing if there is no connection.
fn kind(setting: &Arc<Setting>, server: Server, done: Done) -> Option<Kind> {
    match done {
        Done::Refused => None,
        Done::CutRequest | Done::BothCut => Some(Kind::CutRequest),
        Done::CutAnswer => Some(Kind::CutAnswer),
        Done::BlackHole => Some(Kind::BlackHole),
        Done::Dribble => Some(Kind::Dribble),
        Done::Late | Done::LateAndCut => Some(Kind::Late(LATE)),
        Done::Restart => {
            let setting = Arc::clone(setting);
            let which = if server == Postgres { Which::Postgres } else { Which::Redis };
            Some(Kind::After(Arc::new(move || {
                setting.servers.restart(which).expect("it starts again");
            })))
        }
    }
}
