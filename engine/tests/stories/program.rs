//! The binary, run as its users run it.

use std::process::Stdio;

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStderr, Command},
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn engine(role: &str, variables: &[(String, String)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_engine"));
    command.arg(role).env_clear().envs(variables.iter().map(|(name, value)| (name, value)));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// What a role that ran to its end left behind.
pub(crate) struct Outcome {
    /// The exit code.
    pub(crate) code: Option<i32>,
    /// Standard error.
    pub(crate) log: String,
    /// Standard output: metrics, one JSON object a line.
    pub(crate) metrics: Vec<Value>,
}

impl Outcome {
    /// Runs `role` to its end.
    pub(crate) async fn of(role: &str, variables: &[(String, String)]) -> Result<Self> {
        let output = engine(role, variables).output().await?;
        let out = String::from_utf8(output.stdout)?;
        Ok(Self {
            code: output.status.code(),
            log: String::from_utf8(output.stderr)?,
            metrics: out.lines().map(serde_json::from_str).collect::<serde_json::Result<_>>()?,
        })
    }

    /// What the role said it did; an error, with its log, when it failed.
    pub(crate) fn done(&self) -> Result<Value> {
        let last = self.log.lines().rev().find_map(|line| {
            let line: Value = serde_json::from_str(line).ok()?;
            serde_json::from_str(line["fields"]["outcome"].as_str()?).ok()
        });
        if self.code == Some(0) { last.ok_or_else(|| self.log.clone().into()) } else { Err(self.log.clone().into()) }
    }

    /// The sum of a metric.
    pub(crate) fn sum(&self, metric: &str) -> f64 {
        self.metrics.iter().filter_map(|line| line[metric].as_f64()).sum()
    }
}

/// The role `api`, listening.
pub(crate) struct Server {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
    /// Where it listens: `http://127.0.0.1:…`.
    pub(crate) url: String,
}

impl Server {
    /// Starts it on a port that the system chooses.
    pub(crate) async fn start(variables: &[(String, String)]) -> Result<Self> {
        let mut variables = variables.to_vec();
        for (name, value) in [("LISTEN", "127.0.0.1"), ("PORT", "0"), ("API_KEY", "open sesame")] {
            variables.push((name.to_owned(), value.to_owned()));
        }
        let mut child = engine("api", &variables).stdout(Stdio::null()).spawn()?;
        let stderr = child.stderr.take().ok_or("no standard error")?;
        let mut log = BufReader::new(stderr).lines();
        let mut seen = String::new();
        while let Some(line) = log.next_line().await? {
            seen += &line;
            if let Some(address) = serde_json::from_str::<Value>(&line)?["fields"]["address"].as_str() {
                return Ok(Self { child, log, url: format!("http://{address}") });
            }
        }
        Err(seen.into())
    }

    /// Asks it to end; returns its exit code and what it logged meanwhile.
    pub(crate) async fn end(mut self) -> Result<(Option<i32>, String)> {
        let id = self.child.id().ok_or("it has ended already")?;
        Command::new("kill").args(["-TERM", &id.to_string()]).status().await?;
        let mut rest = String::new();
        while let Some(line) = self.log.next_line().await? {
            rest += &line;
        }
        Ok((self.child.wait().await?.code(), rest))
    }
}

/// A request with the operators' key. Returns status and body.
pub(crate) async fn ask(method: reqwest::Method, url: &str) -> Result<(u16, Value)> {
    let client = engine::http::client()?;
    let answer = client.request(method, url).bearer_auth("open sesame").send().await?;
    let status = answer.status().as_u16();
    Ok((status, serde_json::from_str(&answer.text().await?).unwrap_or(Value::Null)))
}

/// Variables besides those given.
pub(crate) fn with(variables: &[(String, String)], more: &[(&str, &str)]) -> Vec<(String, String)> {
    let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    variables.iter().cloned().chain(more).collect()
}

/// The binary as Lambda runs it: no argument, until it is dropped.
pub(crate) fn function(variables: &[(String, String)]) -> Result<Child> {
    let more = [
        ("AWS_LAMBDA_FUNCTION_NAME", "engine"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "g"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "s"),
    ];
    let mut command = Command::new(env!("CARGO_BIN_EXE_engine"));
    command.env_clear().envs(with(variables, &more)).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    Ok(command.spawn()?)
}
