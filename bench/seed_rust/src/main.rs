//! Peer: the design that Quotewire grew from, in its own language. A broadcast channel hands every
//! client's task the update itself, and each serialises and sends it on its own.
//!
//! Its channel held 100 updates and lost the rest in silence; this one holds enough that all arrive.
//! Arguments and conversation are those of all peers, see peers/stream.js.

use futures_util::{SinkExt, StreamExt};
use serde::Serialize;
use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio_tungstenite::tungstenite::Message;

const CHANNEL_UPDATES: usize = 65_536;

#[derive(Clone, Serialize)]
struct PriceUpdate {
    symbol: String,
    source: String,
    price: f64,
    timestamp: i64,
    time: i64,
}

struct Options {
    port: u16,
    symbols: u64,
    stride: u64,
    total: u64,
    batch: u64,
    interval_us: u64,
}

fn read_options() -> Options {
    let given: HashMap<String, String> = std::env::args()
        .skip(1)
        .filter_map(|argument| {
            let (name, value) = argument.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        })
        .collect();
    let number = |name: &str| -> u64 {
        let value = given.get(name).unwrap_or_else(|| panic!("Cannot start: {name} is missing"));
        value.parse().unwrap_or_else(|_| panic!("Cannot start: {name} must be a number, is {value}"))
    };
    Options {
        port: number("port") as u16,
        symbols: number("symbols"),
        stride: number("stride"),
        total: number("total"),
        batch: number("batch"),
        interval_us: number("intervalUs"),
    }
}

fn now_us() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_micros() as u64
}

fn symbol_name(mut key: u64) -> String {
    let mut name = [b'A'; 4];
    for letter in name.iter_mut().rev() {
        *letter = b'A' + (key % 26) as u8;
        key /= 26;
    }
    String::from_utf8_lossy(&name).into_owned()
}

fn update_of(options: &Options, number: u64) -> PriceUpdate {
    let time = (now_us() / 1000) as i64;
    PriceUpdate {
        symbol: symbol_name(number * options.stride % options.symbols),
        source: "sim_nyse".to_owned(),
        price: (10_000 + number) as f64 / 100.0,
        timestamp: time / 1000,
        time,
    }
}

async fn serve_client(stream: TcpStream, mut updates: broadcast::Receiver<PriceUpdate>) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let Ok(socket) = tokio_tungstenite::accept_async(stream).await else { return };
    let (mut write, mut read) = socket.split();
    loop {
        tokio::select! {
            received = updates.recv() => {
                let Ok(update) = received else { return };
                let Ok(json) = serde_json::to_string(&update) else { return };
                if write.send(Message::Text(json.into())).await.is_err() { return }
            }
            message = read.next() => {
                if !matches!(message, Some(Ok(_))) { return }
            }
        }
    }
}

async fn publish(options: &Options, start_us: u64, updates: &broadcast::Sender<PriceUpdate>) {
    for batch in 0..options.total / options.batch {
        let due_us = start_us + batch * options.interval_us;
        let wait_us = due_us.saturating_sub(now_us());
        tokio::time::sleep(Duration::from_micros(wait_us)).await;
        for index in 0..options.batch {
            // The clients' tasks all hold a receiver until the end.
            let _ = updates.send(update_of(options, batch * options.batch + index));
        }
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let options = read_options();
    let (updates, _) = broadcast::channel::<PriceUpdate>(CHANNEL_UPDATES);
    let listener = TcpListener::bind(("127.0.0.1", options.port)).await?;
    let subscriber = updates.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve_client(stream, subscriber.subscribe()));
        }
    });
    println!("ready");
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some(start_us) = line.strip_prefix("go ").and_then(|text| text.parse().ok()) {
            publish(&options, start_us, &updates).await;
            println!("published {}", options.total);
        }
    }
    Ok(())
}
