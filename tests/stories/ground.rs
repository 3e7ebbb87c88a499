//! A project in a folder of its own, with a sandbox beside it, and the program to run there.

use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use landfall::sandbox::{Running, SECRET_ACCESS_KEY, Sandbox, SandboxOptions};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::scene::{SCENES, Scene};

pub(crate) type Told = Result<(), Box<dyn Error>>;

/// The account of the target.
pub(crate) const ACCOUNT: &str = "111122223333";

/// What the shop's environments have in common where it has several.
pub(crate) const THREE: &str = r#"
description: A shop that takes orders
placement: {cloud: aws, account: "111122223333", region: us-east-1}
queues:
  orders: {hidden-for: 30s, dead-letters: {after: 5}}
"#;

/// The target of the stories: two queues with their dead letters, and a topic.
pub(crate) const SHOP: &str = r#"
description: A shop that takes orders
placement: {cloud: aws, account: "111122223333", region: us-east-1}
queues:
  orders: {hidden-for: 30s, dead-letters: {after: 5}}
"#;

/// A page that the internet finds, whose copies come from an image of the stack's own registry.
pub(crate) const PAGE: &str = r#"
description: A page
placement: {cloud: aws, account: "111122223333", region: us-east-1}
domain: {name: page.example.com, zone: Z0123456789ABC}
network: {range: 10.0.0.0/16, public: [10.0.0.0/24, 10.0.1.0/24], private: [10.0.16.0/20, 10.0.32.0/20], egress: single}
registries: {page: {}}
artifacts: {page: {executables: {aarch64: bin/page-aarch64, x86_64: bin/page-x86_64}}}
services:
  page:
    artifact: page
    registry: page
    architecture: x86_64
    vcpu: 1
    memory: 2GiB
    port: 8080
    scale: {min: 2, max: 2}
    load-balancer: {public: true, health: {path: /health}}
    environment: {LEVEL: info}
"#;

/// A project with a sandbox.
pub(crate) struct Ground {
    pub(crate) scene: &'static Scene,
    folder: TempDir,
    runtime: Runtime,
    sandbox: Option<Running>,
}

/// What a run of the program came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Everything that was said, for messages of failing tests.
    pub(crate) fn said(&self) -> String {
        format!("exit {:?}\n--- out\n{}--- err\n{}", self.code, self.out, self.err)
    }

    /// Fails unless it ended with this code.
    pub(crate) fn exits(self, code: i32) -> Result<Ran, Box<dyn Error>> {
        if self.code == Some(code) { Ok(self) } else { Err(format!("expected exit {code}: {}", self.said()).into()) }
    }

    /// Fails unless something of this was said on either stream.
    pub(crate) fn says(self, what: &str) -> Result<Ran, Box<dyn Error>> {
        if self.out.contains(what) || self.err.contains(what) {
            Ok(self)
        } else {
            Err(format!("expected {what:?}: {}", self.said()).into())
        }
    }

    /// Fails where something of this was said on either stream.
    pub(crate) fn says_nothing_of(self, what: &str) -> Result<Ran, Box<dyn Error>> {
        if self.out.contains(what) || self.err.contains(what) {
            Err(format!("did not expect {what:?}: {}", self.said()).into())
        } else {
            Ok(self)
        }
    }

    /// The result as JSON.
    pub(crate) fn json(&self) -> Result<Value, Box<dyn Error>> {
        serde_json::from_str(&self.out).map_err(|error| format!("{error}: {}", self.said()).into())
    }
}

impl Ground {
    /// A project with the target `shop/dev` on AWS, and a sandbox that takes no time.
    pub(crate) fn new() -> Result<Ground, Box<dyn Error>> {
        Ground::on(&SCENES[0])
    }

    /// The same on any cloud.
    pub(crate) fn on(scene: &'static Scene) -> Result<Ground, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let runtime = Runtime::new()?;
        let mut ground = Ground { scene, folder, runtime, sandbox: None };
        ground.environment(&ground.shop())?;
        ground.wake()?;
        Ok(ground)
    }

    /// The shop where this project has it.
    pub(crate) fn shop(&self) -> String {
        SHOP.replace(SCENES[0].placement, self.scene.placement)
    }

    /// The page where this project has it.
    pub(crate) fn page(&self) -> String {
        PAGE.replace(SCENES[0].placement, self.scene.placement)
    }

    /// What the shop has in each of three environments, where this project has it.
    pub(crate) fn three(&self) -> String {
        THREE.replace(SCENES[0].placement, self.scene.placement)
    }

    /// Changes how long a message of the shop's queue stays hidden: 45 seconds.
    pub(crate) fn hides_longer(&self) -> Told {
        self.environment(&self.shop().replace("hidden-for: 30s", "hidden-for: 45s"))
    }

    /// Changes the queue by hand, to 99 seconds.
    pub(crate) fn by_hand(&self) -> Told {
        let scene = self.scene;
        let edit = format!("{}={}", scene.hidden, scene.values[2]);
        self.landfall(&["sandbox", "edit", "shop/dev", scene.queue, &edit])?.exits(0).map(|_| ())
    }

    /// How long messages of the queue stay hidden, as the cloud has it.
    pub(crate) fn hidden(&self) -> Result<Vec<String>, Box<dyn Error>> {
        let values = self.property(self.scene.kind, self.scene.hidden)?;
        Ok(values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect())
    }

    /// Makes work on the queue take so many seconds.
    pub(crate) fn slow(&self, seconds: f64) -> Told {
        self.fault(&json!({"fault": "slow", "resource": self.scene.queue, "seconds": seconds}))
    }

    /// Starts the sandbox over its state.
    pub(crate) fn wake(&mut self) -> Told {
        let state = self.path(".landfall/sandbox");
        let options = SandboxOptions { pace: Some(0.0), ..SandboxOptions::new(state) };
        self.sandbox = Some(self.runtime.block_on(Sandbox::start(options))?);
        Ok(())
    }

    /// Stops the sandbox.
    pub(crate) fn sleep(&mut self) {
        if let Some(sandbox) = self.sandbox.take() {
            self.runtime.block_on(sandbox.stop());
        }
    }

    pub(crate) fn path(&self, inner: &str) -> PathBuf {
        self.folder.path().join(inner)
    }

    /// Writes the environment of `shop/dev`.
    pub(crate) fn environment(&self, yaml: &str) -> Told {
        self.file("dev", yaml)
    }

    /// Writes a file of the environments of `shop`.
    pub(crate) fn file(&self, name: &str, yaml: &str) -> Told {
        fs::create_dir_all(self.path("environments/shop"))?;
        fs::write(self.path(&format!("environments/shop/{name}.yaml")), yaml.trim_start())?;
        Ok(())
    }

    /// Puts one of landfall's own systems beside the shop, as it is in the repository.
    pub(crate) fn system(&self, name: &str) -> Told {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("environments").join(name);
        let to = self.path("environments").join(name);
        fs::create_dir_all(&to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
        Ok(())
    }

    /// A shop in three environments, each with what is said of it besides, whose release 1.0.0 is deployed in dev.
    pub(crate) fn in_three(staging: &str, prod: &str) -> Result<Ground, Box<dyn Error>> {
        Ground::in_three_on(&SCENES[0], staging, prod)
    }

    /// The same on any cloud.
    pub(crate) fn in_three_on(scene: &'static Scene, staging: &str, prod: &str) -> Result<Ground, Box<dyn Error>> {
        let ground = Ground::on(scene)?;
        ground.file("base", &ground.three())?;
        ground.file("dev", "tags: {stage: dev}\n")?;
        ground.file("staging", &format!("tags: {{stage: staging}}\n{staging}"))?;
        ground.file("prod", &format!("tags: {{stage: prod}}\nqueues: {{orders: {{hidden-for: 60s}}}}\n{prod}"))?;
        ground.release("1.0.0")?;
        ground.landfall(&["apply", "shop/dev", "--release", "1.0.0"])?.exits(0)?;
        Ok(ground)
    }

    /// Keeps the project under version control, with everything in one commit.
    pub(crate) fn commit(&self) -> Told {
        fs::write(self.path(".gitignore"), ".landfall/\nkey.pem\ndist/\n")?;
        for arguments in [
            &["init", "--quiet"][..],
            &["config", "user.name", "ana"],
            &["config", "user.email", "ana@example.com"],
            &["add", "--all"],
            &["commit", "--quiet", "--allow-empty", "--message", "a commit"],
        ] {
            let done = Command::new("git").arg("-C").arg(self.path("")).args(arguments).status()?;
            assert!(done.success(), "git {arguments:?}");
        }
        Ok(())
    }

    /// Commits everything and seals a release of that name.
    pub(crate) fn release(&self, name: &str) -> Told {
        self.commit()?;
        self.landfall(&["release", "create", "shop", "--name", name])?.exits(0).map(|_| ())
    }

    /// The program, not run yet, in this project and with nothing of the caller's settings.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command.env_clear().env("HOME", self.folder.path()).env("PATH", "/usr/bin:/bin");
        command.env("USER", "ana").env("RUST_BACKTRACE", "1");
        command.arg("--root").arg(self.folder.path()).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<Ran, Box<dyn Error>> {
        ran(self.command(arguments).spawn()?)
    }

    /// Runs the program against the sandbox, with yes to every question.
    pub(crate) fn landfall(&self, arguments: &[&str]) -> Result<Ran, Box<dyn Error>> {
        self.run(&[arguments, &["--sandbox", "--yes"]].concat())
    }

    /// Starts the program against the sandbox and goes on at once.
    pub(crate) fn start(&self, arguments: &[&str]) -> Result<Child, Box<dyn Error>> {
        Ok(self.command(&[arguments, &["--sandbox", "--yes"]].concat()).spawn()?)
    }

    /// Runs the program against the sandbox and kills it at the first call of that name, before it is answered.
    pub(crate) fn killed_at(&self, call: &str, arguments: &[&str]) -> Told {
        self.fault(&json!({"fault": "delay", "action": call, "milliseconds": 30000, "times": 1}))?;
        let mut killed = self.start(arguments)?;
        // A delay is used up by the call that waits.
        while self.ask("GET", "faults", &Value::Null)?["faults"]
            .as_array()
            .is_some_and(|faults| faults.iter().any(|fault| fault["fault"] == "delay"))
        {
            if let Some(status) = killed.try_wait()? {
                return Err(format!("it ended with {status} and never called {call}").into());
            }
            std::thread::yield_now();
        }
        killed.kill()?;
        killed.wait()?;
        Ok(())
    }

    /// The sandbox's address.
    pub(crate) fn url(&self) -> &str {
        self.sandbox.as_ref().map_or("", Running::url)
    }

    /// A command that reaches the sandbox as it would reach the cloud: with an endpoint and credentials of an account.
    pub(crate) fn as_cloud(&self, account: &str, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        command.env("AWS_ENDPOINT_URL", self.url()).env("AWS_ACCESS_KEY_ID", account);
        command.env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY);
        command
    }

    /// What an address on the internet answers, where the sandbox stands behind every name.
    pub(crate) fn visit(&self, url: &str) -> Result<Value, Box<dyn Error>> {
        self.asked("GET", url, "")
    }

    /// Asks one of the sandbox's own endpoints.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, Box<dyn Error>> {
        self.asked(method, &format!("/_sandbox/{path}"), &body.to_string())
    }

    /// Asks the sandbox for JSON.
    fn asked(&self, method: &str, target: &str, body: &str) -> Result<Value, Box<dyn Error>> {
        use std::io::Write as _;
        let address = self.url().trim_start_matches("http://").to_owned();
        let mut stream = std::net::TcpStream::connect(&address)?;
        write!(
            stream,
            "{method} {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
        if !head.contains(" 200 ") {
            return Err(format!("{head}\n{body}").into());
        }
        // A chunked answer has its length before it.
        let start = body.find(['{', '[']).ok_or("no JSON")?;
        let end = body.rfind(['}', ']']).ok_or("no JSON")?;
        Ok(serde_json::from_str(&body[start..=end])?)
    }

    /// Asks the sandbox's S3 as the target's account.
    pub(crate) fn s3(&self, method: &str, path: &str, body: &str) -> Told {
        self.s3_of(ACCOUNT, method, path, body)
    }

    /// Asks the sandbox's S3 as an account. Signatures aren't verified there.
    pub(crate) fn s3_of(&self, account: &str, method: &str, path: &str, body: &str) -> Told {
        self.s3_in(account, "us-east-1", method, path, body)
    }

    /// Asks it in a region.
    pub(crate) fn s3_in(&self, account: &str, region: &str, method: &str, path: &str, body: &str) -> Told {
        let credential = format!("{account}/20261121/{region}/s3/aws4_request");
        let authorization = format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=00");
        self.http(method, path, &authorization, body)
    }

    /// Gives a resource of Azure another body, by hand.
    pub(crate) fn arm(&self, id: &str, body: &Value) -> Told {
        self.arm_of("2025-08-01", id, body)
    }

    /// The same in a version of its type's interface.
    pub(crate) fn arm_of(&self, version: &str, id: &str, body: &Value) -> Told {
        let subscription = id.split('/').nth(2).unwrap_or_default();
        let path = format!("{id}?api-version={version}");
        self.http("PUT", &path, &format!("Bearer {subscription}"), &body.to_string())
    }

    /// Deletes a resource of Azure, by hand.
    pub(crate) fn arm_delete(&self, id: &str) -> Told {
        let subscription = id.split('/').nth(2).unwrap_or_default();
        self.http("DELETE", &format!("{id}?api-version=2025-08-01"), &format!("Bearer {subscription}"), "")
    }

    /// Asks the sandbox's Cloud Storage as a project.
    pub(crate) fn cloud_storage(&self, project: &str, method: &str, path: &str, body: &Value) -> Told {
        self.http(method, &format!("/storage/v1/b{path}"), &format!("Bearer {project}"), &body.to_string())
    }

    /// Takes an object of a ledger in a store away.
    pub(crate) fn loses(&self, ledger: &str, name: &str) -> Told {
        let (_, place) = ledger.split_once("://").ok_or("no ledger in a store")?;
        let path = format!("/{place}/{name}");
        match self.scene.cloud {
            "aws" => self.s3("DELETE", &path, ""),
            // Azure knows a request for blobs by the version it names.
            "azure" => self.http(
                "DELETE",
                &path,
                "Bearer 00000000-0000-4000-8000-0000000000aa\r\nx-ms-version: 2026-06-06",
                "",
            ),
            _ => self.http("DELETE", &path, "Bearer shop-project", ""),
        }
    }

    /// Asks the sandbox as a client of the cloud would.
    fn http(&self, method: &str, path: &str, authorization: &str, body: &str) -> Told {
        use std::io::Write as _;
        let address = self.url().trim_start_matches("http://").to_owned();
        let mut stream = std::net::TcpStream::connect(&address)?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nauthorization: {authorization}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        if answer.starts_with("HTTP/1.1 2") { Ok(()) } else { Err(answer.into()) }
    }

    /// Scripts a fault.
    pub(crate) fn fault(&self, fault: &Value) -> Told {
        self.ask("POST", "faults", fault).map(|_| ())
    }

    /// Takes all scripted faults away.
    pub(crate) fn no_faults(&self) -> Told {
        self.ask("DELETE", "faults", &Value::Null).map(|_| ())
    }

    /// The status of the target's stack, newest first where there were several; none where there is none.
    pub(crate) fn stack(&self) -> Result<Option<String>, Box<dyn Error>> {
        let answer = self.ask("GET", "stacks", &Value::Null)?;
        let stacks = answer["stacks"].as_array().ok_or("no stacks")?;
        let live = stacks.iter().filter(|stack| stack["name"] == "shop-dev" && stack["status"] != "DELETE_COMPLETE");
        Ok(live.map(|stack| stack["status"].as_str().unwrap_or_default().to_owned()).next())
    }

    /// The property of a resource of the target's stack as the sandbox has it.
    pub(crate) fn property(&self, kind: &str, name: &str) -> Result<Vec<Value>, Box<dyn Error>> {
        let answer = self.ask("GET", &format!("resources?type={kind}"), &Value::Null)?;
        let resources = answer["resources"].as_array().ok_or("no resources")?;
        let at = format!("/properties/{}", name.replace('.', "/"));
        let found = resources.iter().map(|resource| resource.pointer(&at).cloned().unwrap_or_default());
        Ok(found.collect())
    }

    /// The ledger's entries of the target, oldest first.
    pub(crate) fn entries(&self) -> Result<Vec<Value>, Box<dyn Error>> {
        let shown = self.landfall(&["history", "shop/dev", "--format", "json", "--limit", "1000"])?.exits(0)?;
        let mut entries = shown.json()?["entries"].as_array().cloned().ok_or("no entries")?;
        entries.reverse();
        Ok(entries)
    }

    /// What holds after every run, whatever was done to it: the chain is proved, every outcome has its intent before it, and no
    /// lock is left.
    pub(crate) fn is_sound(&self) -> Told {
        self.landfall(&["ledger", "verify"])?.exits(0)?;
        let mut open: Option<String> = None;
        for entry in self.entries()? {
            let record = &entry["record"];
            match record["kind"].as_str() {
                Some("intent") if open.is_some() => return Err("an intent before the one before it ended".into()),
                Some("intent") => open = record["id"].as_str().map(str::to_owned),
                Some("outcome") if open.as_deref() != record["intent"].as_str() => {
                    return Err("an outcome of another intent".into());
                }
                Some("outcome") => open = None,
                _ => {}
            }
        }
        if let Some(intent) = open {
            return Err(format!("the intent {intent} is open").into());
        }
        self.landfall(&["unlock", "shop/dev"])?.says("is not locked")?;
        Ok(())
    }
}

/// Writes a bundle whose artifact `worker` is this, with a contract or none; gives its folder.
pub(crate) fn bundle(ground: &Ground, archive: &[u8], contract: Option<&[u8]>) -> Result<String, Box<dyn Error>> {
    let file =
        |bytes: &[u8]| json!({"digest": landfall::plan::digest::Digest::of(bytes).to_string(), "size": bytes.len()});
    let mut files = json!({"worker.zip": file(archive)});
    fs::create_dir_all(ground.path("dist/shop"))?;
    fs::write(ground.path("dist/shop/worker.zip"), archive)?;
    if let Some(contract) = contract {
        files["worker.contract.json"] = file(contract);
        fs::write(ground.path("dist/shop/worker.contract.json"), contract)?;
    }
    let artifact = json!({
        "archives": {"aarch64": "worker.zip"}, "image": null, "image_digest": null, "bill": null, "provenance": null,
        "contract": contract.map(|_| "worker.contract.json"),
    });
    let manifest = json!({"format_version": 1, "artifacts": {"worker": artifact}, "files": files});
    fs::write(ground.path("dist/shop/bundle.json"), manifest.to_string())?;
    Ok(ground.path("dist").to_string_lossy().into_owned())
}

/// Waits for the program and takes what it said.
pub(crate) fn ran(child: Child) -> Result<Ran, Box<dyn Error>> {
    let output = child.wait_with_output()?;
    Ok(Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout)?,
        err: String::from_utf8(output.stderr)?,
    })
}

/// Reads what a program says on standard error until a line holds this.
pub(crate) fn until(child: &mut Child, what: &str) -> Result<String, Box<dyn Error>> {
    let stream = child.stderr.take().ok_or("standard error is taken")?;
    let mut reader = BufReader::new(stream);
    let mut said = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(format!("it ended without saying {what:?}: {said}").into());
        }
        said.push_str(&line);
        if line.contains(what) {
            // The rest is read later, or nobody would take it and the program would stop at a full pipe.
            child.stderr = Some(reader.into_inner());
            return Ok(said);
        }
    }
}

/// Sends a signal.
pub(crate) fn signal(child: &Child, name: &str) -> Told {
    let sent = Command::new("kill").args(["-s", name, &child.id().to_string()]).status()?;
    if sent.success() { Ok(()) } else { Err("the signal was not sent".into()) }
}
