//! The seed's own examples, line by line: Nick Coghlan, "Learning from the
//! shell in supporting asyncio background calls" (2015). What an interactive
//! session shows there is the log here, order included.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::mpsc::{self, Receiver, RecvError};

use bridge::{OnThread, Task, run_in_background, run_in_foreground};
use bridge_tests::{Clock, Log, bounded, virtual_time};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Counts from 0, once a tick.
async fn ticker(clock: Clock, log: Log) {
    for count in 0u32.. {
        log.push(count);
        clock.sleep(1).await;
    }
}

#[test]
fn a_ticker_in_the_background() {
    virtual_time(|clock, log| {
        let _ticker = run_in_background(ticker(clock.clone(), log.clone()));
        log.expect([]);

        run_in_foreground(clock.sleep(5));
        log.expect(["0 0", "1 1", "2 2", "3 3", "4 4"]);

        // The foreground's sleep was there before the ticker's: it ends first,
        // and what is due at that very tick waits for the next foreground.
        run_in_foreground(clock.sleep(3));
        log.expect(["5 5", "6 6", "7 7"]);
    });
}

#[test]
fn single_steps() {
    virtual_time(|clock, log| {
        let first = run_in_background(ticker(clock.clone(), log.clone()));
        run_in_foreground(clock.sleep(8));
        assert_eq!(log.take().len(), 8);

        run_in_foreground(clock.sleep(0));
        log.expect(["8 8"]);

        clock.advance_by(1); // the user types
        run_in_foreground(clock.sleep(0));
        log.expect(["9 9"]);

        // What is ready runs before what has expired.
        let second = run_in_background(ticker(clock.clone(), log.clone()));
        clock.advance_by(1);
        run_in_foreground(clock.sleep(0));
        log.expect(["10 0", "10 10"]);

        first.cancel();
        clock.advance_by(1);
        run_in_foreground(clock.sleep(0));
        log.expect(["11 1"]);
        assert!(first.is_finished());

        second.cancel();
        clock.advance_by(1);
        run_in_foreground(clock.sleep(0));
        log.expect([]);
        assert!(second.is_finished());
    });
}

#[test]
fn a_step_ahead_of_time_does_nothing() {
    virtual_time(|clock, log| {
        let _ticker = run_in_background(ticker(clock.clone(), log.clone()));
        run_in_foreground(clock.sleep(0));
        log.expect(["0 0"]);
        run_in_foreground(clock.sleep(0));
        log.expect([]);
        assert_eq!(clock.now(), 0);
    });
}

#[test]
fn a_blocking_ticker_as_a_callable() {
    bounded(|| {
        // Each line is handed over: the ticker goes on when it has been read.
        let (say, said) = mpsc::sync_channel(0);
        let (tick, ticks) = mpsc::channel();
        let ticker = run_in_background(move || {
            let mut count = 0;
            loop {
                say.send(count.to_string()).expect("the session listens");
                if ticks.recv() == Err(RecvError) {
                    return count;
                }
                count += 1;
            }
        });

        // The first line is there before the session goes on; no foreground has
        // run, and none is needed for the ticks.
        assert_eq!(said.recv().unwrap(), "0");
        assert!(!ticker.is_finished());
        for line in ["1", "2", "3"] {
            tick.send(()).unwrap();
            assert_eq!(said.recv().unwrap(), line);
        }

        drop(tick);
        assert_eq!(run_in_foreground(ticker), 3);
    });
}

/// A TCP server on a free port that sends back what it gets, in the background
/// of the calling thread.
fn echo_server() -> SocketAddr {
    let listener = run_in_foreground(TcpListener::bind(("127.0.0.1", 0))).unwrap();
    let address = listener.local_addr().unwrap();
    let _server = run_in_background(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let _connection = run_in_background(echo(stream));
        }
    });
    address
}

async fn echo(mut stream: TcpStream) {
    let (mut input, mut output) = stream.split();
    tokio::io::copy(&mut input, &mut output).await.unwrap();
}

async fn echo_client(address: SocketAddr, message: String) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(message.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    reply
}

#[test]
fn two_servers_and_asynchronous_clients() {
    bounded(|| {
        let (server1, server2) = (echo_server(), echo_server());
        assert_ne!(server1, server2);

        // One after the other, each in the foreground.
        assert_eq!(run_in_foreground(echo_client(server1, "hello 1".into())), "hello 1");
        assert_eq!(run_in_foreground(echo_client(server2, "hello 2".into())), "hello 2");

        // Both in the background, then waited for.
        let echo1 = run_in_background(echo_client(server1, "hello again 1".into()));
        let echo2 = run_in_background(echo_client(server2, "hello again 2".into()));
        assert!(!echo1.is_finished() && !echo2.is_finished());
        let echoes = run_in_foreground(async { tokio::join!(echo1, echo2) });
        assert_eq!(echoes, ("hello again 1".into(), "hello again 2".into()));
    });
}

/// A client that blocks its thread. It says when it has sent its message and
/// will do nothing more until the reply comes.
fn blocking_client(
    address: SocketAddr,
    message: &'static str,
) -> (Task<String, OnThread>, Receiver<String>, Receiver<String>) {
    let (sent, is_sent) = mpsc::channel();
    let (say, said) = mpsc::channel();
    let client = run_in_background(move || {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(message.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        sent.send(message.to_owned()).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        say.send(reply.clone()).unwrap();
        reply
    });
    (client, is_sent, said)
}

#[test]
fn blocking_clients_stall_until_a_foreground_drives_the_servers() {
    bounded(|| {
        let (server1, server2) = (echo_server(), echo_server());
        let (client1, sent1, said1) = blocking_client(server1, "blocking 1");
        let (client2, sent2, said2) = blocking_client(server2, "blocking 2");

        // Both have written and wait for a reply, which the servers owe: they
        // belong to this thread, and stand still.
        assert_eq!(sent1.recv().unwrap(), "blocking 1");
        assert_eq!(sent2.recv().unwrap(), "blocking 2");
        for (client, said) in [(&client1, &said1), (&client2, &said2)] {
            assert_eq!(said.try_recv(), Err(mpsc::TryRecvError::Empty));
            assert!(!client.is_finished());
        }

        // Any foreground drives both servers, whatever it waits for.
        assert_eq!(run_in_foreground(client2), "blocking 2");
        assert_eq!(run_in_foreground(client1), "blocking 1");
        assert_eq!(said1.recv().unwrap(), "blocking 1");
        assert_eq!(said2.recv().unwrap(), "blocking 2");
    });
}

#[test]
fn ten_clients_gathered_in_order() {
    bounded(|| {
        let server = echo_server();
        let clients: Vec<Task<String>> =
            (0..10).map(|i| run_in_background(echo_client(server, format!("hello {i}")))).collect();
        let echoes = run_in_foreground(gather(clients));
        let expected: Vec<String> = (0..10).map(|i| format!("hello {i}")).collect();
        assert_eq!(echoes, expected);
    });
}

/// Waits for all; they run beside each other, as each is in the background.
async fn gather<T>(tasks: Vec<Task<T>>) -> Vec<T> {
    let mut values = Vec::new();
    for task in tasks {
        values.push(task.await);
    }
    values
}
