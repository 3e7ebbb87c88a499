//! Stories on Google Cloud whose engine is Terraform itself, on this machine: the real engine, called as the program that it is, with
//! providers that stand in for Google's.

mod builds;

use std::error::Error;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::{Value, json};

use crate::ground::{Ground, Ran, Told, ran, until};
use crate::python;
use crate::scene::SCENES;

const QUEUE: &str = "google_pubsub_subscription.queue_orders";
const KIND: &str = "google_pubsub_subscription";

/// The program: the real engine, once it is let through. It waits at the call whose number `stop-at` has.
const SCRIPT: &str = "#!/bin/sh
echo \"$1\" >> 'CLOUD/calls'
if [ \"$(cat 'CLOUD/stop-at' 2>/dev/null)\" = \"$(wc -l < 'CLOUD/calls' | tr -d ' ')\" ]; then
  mv 'CLOUD/stop-at' 'CLOUD/stopped'
  while [ -e 'CLOUD/stopped' ]; do sleep 0.05; done
fi
exec ENGINE \"$@\"
";

/// A project that is deployed by a program, and the cloud behind that program's providers.
struct Stage {
    ground: Ground,
    /// How Terraform is told of the providers.
    attached: String,
    providers: Child,
    /// They end when this does.
    _open: ChildStdin,
}

impl Drop for Stage {
    fn drop(&mut self) {
        // Ended by its input already, or now.
        let _ = self.providers.kill();
        let _ = self.providers.wait();
    }
}

impl Stage {
    fn new() -> Result<Stage, Box<dyn Error>> {
        let ground = Ground::on(&SCENES[2])?;
        fs::create_dir_all(ground.path("cloud"))?;
        fs::create_dir_all(ground.path("bin"))?;
        let judges = python::root().join("tests/judges");
        let interpreter = python::venv().join("bin/python");
        let engine = format!("'{}' -B '{}'", interpreter.display(), judges.join("terraform.py").display());
        let cloud = ground.path("cloud").display().to_string();
        let script = SCRIPT.replace("ENGINE", &engine).replace("CLOUD", &cloud);
        fs::write(ground.path("bin/terraform"), script)?;
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(ground.path("bin/terraform"), mode)?;
        let mut providers = Command::new(interpreter)
            .arg(judges.join("terraform_provider.py"))
            .arg(ground.path("cloud"))
            .arg(ground.url())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let open = providers.stdin.take().ok_or("no standard input")?;
        let mut attached = String::new();
        BufReader::new(providers.stdout.take().ok_or("no standard output")?).read_line(&mut attached)?;
        let stage = Stage { ground, attached: attached.trim().to_owned(), providers, _open: open };
        stage.hides("30s")?;
        Ok(stage)
    }

    /// Has the queue hide its messages for so long.
    fn hides(&self, time: &str) -> Told {
        self.environment(&self.ground.shop().replace("hidden-for: 30s", &format!("hidden-for: {time}")))
    }

    fn environment(&self, yaml: &str) -> Told {
        self.ground.environment(&yaml.replace("us-central1}", "us-central1, engine: terraform}"))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.ground.command(&[arguments, &["--sandbox", "--yes"]].concat());
        let path = format!("{}:/usr/bin:/bin", self.ground.path("bin").display());
        command.env("PATH", path).env("TF_REATTACH_PROVIDERS", &self.attached);
        command
    }

    fn landfall(&self, arguments: &[&str]) -> Result<Ran, Box<dyn Error>> {
        ran(self.command(arguments).spawn()?)
    }

    fn cloud(&self, file: &str) -> PathBuf {
        self.ground.path("cloud").join(file)
    }

    /// What the cloud has, by identifier.
    fn kept(&self) -> Result<Value, Box<dyn Error>> {
        Ok(serde_json::from_slice(&fs::read(self.cloud("cloud.json"))?)?)
    }

    /// How long messages of the queue stay hidden, as the cloud has it, and the resource's identifier.
    fn hidden(&self) -> Result<(String, Value), Box<dyn Error>> {
        let kept = self.kept()?;
        let found = kept.as_object().into_iter().flatten().find(|(_, one)| {
            one["kind"] == KIND
                && one["values"]["dead_letter_policy"].as_array().is_some_and(|policy| !policy.is_empty())
        });
        let (id, queue) = found.ok_or("the cloud has no queue")?;
        Ok((id.clone(), queue["values"]["ack_deadline_seconds"].clone()))
    }

    /// Changes the queue by hand.
    fn by_hand(&self, seconds: u64) -> Told {
        let (id, _) = self.hidden()?;
        let mut kept = self.kept()?;
        kept[&id]["values"]["ack_deadline_seconds"] = json!(seconds);
        Ok(fs::write(self.cloud("cloud.json"), kept.to_string())?)
    }

    /// Applies, and goes on once the engine is at work on a queue, which it doesn't finish.
    fn half_way(&self) -> Result<Child, Box<dyn Error>> {
        fs::write(self.cloud(&format!("hold-{KIND}")), "")?;
        let mut child = self.command(&["apply", "shop/dev"]).spawn()?;
        until(&mut child, &format!("{QUEUE}: "))?;
        Ok(child)
    }

    /// Lets the engine finish.
    fn goes_on(&self) -> Told {
        Ok(fs::remove_file(self.cloud(&format!("hold-{KIND}")))?)
    }

    /// The engine's process that carries out a plan of this project.
    fn engine(&self) -> Result<String, Box<dyn Error>> {
        let runs = fs::canonicalize(self.ground.path(".landfall/sandbox/terraform/runs"))?;
        for entry in fs::read_dir("/proc")? {
            let process = entry?.path();
            let here = fs::read_link(process.join("cwd")).is_ok_and(|folder| folder.starts_with(&runs));
            if here
                && fs::read(process.join("cmdline"))
                    .is_ok_and(|line| String::from_utf8_lossy(&line).contains("\0apply\0"))
            {
                return Ok(process.file_name().unwrap_or_default().to_string_lossy().into_owned());
            }
        }
        Err("no engine is at work".into())
    }

    /// What holds after every run: no folder of the engine's is left, and what is written down of the stack has no secret in it.
    fn is_sound(&self) -> Told {
        let left: Vec<_> = fs::read_dir(self.ground.path(".landfall/sandbox/terraform/runs"))?.collect();
        assert!(left.is_empty(), "{left:?}");
        self.ground.landfall(&["ledger", "verify"])?.exits(0)?;
        Ok(())
    }
}

#[test]
fn the_real_engine_carries_a_target_through_its_life() -> Told {
    let stage = Stage::new()?;
    let plan = stage.landfall(&["plan", "shop/dev"])?.exits(0)?;
    plan.says("terraform plan says the same")?.says("7 to add")?;
    let ran = stage.landfall(&["apply", "shop/dev"])?.exits(0)?;
    ran.says(&format!("{QUEUE}: Creating..."))?.says("7 added, 0 changed")?.says("queue_orders_topic")?;
    stage.landfall(&["apply", "shop/dev"])?.exits(0)?.says("No changes")?;
    stage.is_sound()?;

    stage.by_hand(99)?;
    let drift = stage.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(2)?;
    drift.says("1 of 7 resources drifted")?.says("/ack_deadline_seconds: 30 → 99")?;
    stage.landfall(&["drift", "shop/dev", "--revert"])?.exits(0)?.says("is again as it was deployed")?;
    assert_eq!(stage.hidden()?.1, json!(30));
    stage.landfall(&["drift", "shop/dev", "--detailed-exitcode"])?.exits(0)?.says("no drift in 7 resources")?;

    stage.hides("45s")?;
    let (before, _) = stage.hidden()?;
    stage.landfall(&["apply", "shop/dev"])?.exits(0)?.says("1 changed")?;
    assert_eq!(stage.hidden()?, (before, json!(45)));
    stage.landfall(&["rollback", "shop/dev"])?.exits(0)?;
    assert_eq!(stage.hidden()?.1, json!(30));

    stage.landfall(&["destroy", "shop/dev"])?.exits(3)?.says("--delete-data")?;
    stage.landfall(&["destroy", "shop/dev", "--delete-data"])?.exits(0)?.says("7 destroyed")?;
    assert_eq!(stage.kept()?, json!({}));
    stage.is_sound()
}

#[test]
fn a_replacement_is_told_before_by_both_and_done() -> Told {
    let stage = Stage::new()?;
    stage.landfall(&["apply", "shop/dev"])?.exits(0)?;
    // Whether a queue keeps an order is fixed for its life.
    let ordered = stage.ground.shop().replace("hidden-for: 30s", "ordered: true, hidden-for: 30s");
    stage.environment(&ordered)?;
    let (before, _) = stage.hidden()?;
    let plan = stage.landfall(&["plan", "shop/dev"])?.exits(0)?;
    plan.says("terraform plan says the same")?.says("replace")?;
    let approve = format!("irreversible:{QUEUE}");
    let ran = stage.landfall(&["apply", "shop/dev", "--approve", &approve])?;
    ran.exits(0)?.says(&format!("{QUEUE}: Update complete"))?.says("2 replaced")?;
    assert_ne!(stage.hidden()?.0, before);
    stage.is_sound()
}

#[test]
fn what_failed_first_is_named_and_applying_again_finishes_it() -> Told {
    let stage = Stage::new()?;
    fs::write(stage.cloud("fail.json"), json!({ KIND: "Error 429: no more subscriptions" }).to_string())?;
    let ran = stage.landfall(&["apply", "shop/dev"])?.exits(1)?;
    ran.says("first to fail: google_pubsub_subscription.")?
        .says("Error 429: no more subscriptions")?
        .says("is FAILED")?;
    fs::remove_file(stage.cloud("fail.json"))?;
    stage.landfall(&["apply", "shop/dev"])?.exits(0)?.says("Apply complete")?;
    stage.landfall(&["apply", "shop/dev"])?.exits(0)?.says("No changes")?;
    stage.is_sound()
}

#[test]
fn the_engine_outlives_a_killed_apply_and_recover_follows_it_to_its_end() -> Told {
    let stage = Stage::new()?;
    let mut killed = stage.half_way()?;
    killed.kill()?;
    killed.wait()?;
    stage.landfall(&["status"])?.exits(0)?.says("INTERRUPTED")?;
    let mut recovering = stage.command(&["recover", "shop/dev"]).spawn()?;
    until(&mut recovering, &format!("{QUEUE}: Creating"))?;
    stage.goes_on()?;
    ran(recovering)?.exits(0)?.says("is complete and verified")?;
    stage.landfall(&["apply", "shop/dev"])?.exits(0)?.says("No changes")?;
    stage.is_sound()
}

#[test]
fn an_engine_that_was_killed_too_is_judged_by_what_it_left() -> Told {
    let stage = Stage::new()?;
    let mut killed = stage.half_way()?;
    let engine = stage.engine()?;
    killed.kill()?;
    killed.wait()?;
    assert!(Command::new("kill").args(["-s", "KILL", &engine]).status()?.success());
    // What it had asked for and nobody wrote down never comes.
    fs::write(stage.cloud("fail.json"), json!({ KIND: "too late" }).to_string())?;
    stage.goes_on()?;
    let ran = stage.landfall(&["recover", "shop/dev"])?.exits(1)?;
    ran.says("left to do: ")?.says(QUEUE)?;
    fs::remove_file(stage.cloud("fail.json"))?;
    stage.landfall(&["apply", "shop/dev"])?.exits(0)?.says("Apply complete")?;
    stage.landfall(&["apply", "shop/dev"])?.exits(0)?.says("No changes")?;
    stage.is_sound()
}

/// The engine is asked for its version, then to begin, plan and show, twice each, then to apply, and to show what it came to.
const CALLS: usize = 9;

#[test]
fn killed_at_any_call_of_the_engine_one_command_converges() -> Told {
    for call in 1..=CALLS {
        killed_at(call).map_err(|error| format!("killed at call {call}: {error}"))?;
    }
    Ok(())
}

fn killed_at(call: usize) -> Told {
    let stage = Stage::new()?;
    fs::write(stage.cloud("stop-at"), call.to_string())?;
    let mut killed = stage.command(&["apply", "shop/dev"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    while !stage.cloud("stopped").exists() {
        if let Some(status) = killed.try_wait()? {
            return Err(format!("it ended before, with {status}").into());
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    killed.kill()?;
    killed.wait()?;
    fs::remove_file(stage.cloud("stopped"))?;
    stage.landfall(&["apply", "shop/dev"])?.exits(0)?;
    stage.landfall(&["apply", "shop/dev"])?.exits(0)?.says("No changes")?;
    // Each once, whoever made it.
    assert_eq!(stage.kept()?.as_object().map(serde_json::Map::len), Some(7));
    let calls = fs::read_to_string(stage.cloud("calls"))?;
    if call == CALLS {
        assert_eq!(calls.lines().take(CALLS).collect::<Vec<_>>(), ENGINES_CALLS);
    }
    stage.ground.is_sound()
}

const ENGINES_CALLS: [&str; CALLS] = ["version", "init", "plan", "show", "init", "plan", "show", "apply", "show"];

#[test]
fn a_state_that_somebody_holds_is_left_alone_and_they_are_named() -> Told {
    let stage = Stage::new()?;
    stage.landfall(&["apply", "shop/dev"])?.exits(0)?;
    let state = stage.ground.path(".landfall/sandbox/terraform/shop-dev.tfstate");
    let script = "import fcntl, json, sys\n\
        file = open(sys.argv[1], 'r+')\n\
        fcntl.lockf(file, fcntl.LOCK_EX)\n\
        held = {'ID': '8c4a', 'Operation': 'OperationTypeApply', 'Info': '', 'Who': 'bo@laptop', 'Version': '1.5.7', 'Created': '2026-11-22T10:00:00Z', 'Path': ''}\n\
        json.dump(held, open(sys.argv[1].replace('/shop-dev.tfstate', '/.shop-dev.tfstate.lock.info'), 'w'))\n\
        print('held', flush=True)\n\
        sys.stdin.read()\n";
    let mut holder = Command::new(python::venv().join("bin/python"))
        .args(["-c", script])
        .arg(&state)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut held = String::new();
    BufReader::new(holder.stdout.take().ok_or("no standard output")?).read_line(&mut held)?;
    stage.hides("45s")?;
    for verb in ["plan", "apply", "drift"] {
        let refused = stage.landfall(&[verb, "shop/dev"])?.exits(4)?;
        refused.says("is locked by bo@laptop since 2026-11-22 10:00:00")?.says("wait until that is done")?;
    }
    holder.kill()?;
    holder.wait()?;
    stage.landfall(&["apply", "shop/dev"])?.exits(0)?.says("1 changed")?;
    stage.is_sound()
}

#[test]
fn neither_engine_begins_what_the_other_has() -> Told {
    let stage = Stage::new()?;
    stage.landfall(&["apply", "shop/dev"])?.exits(0)?;
    stage.ground.environment(&stage.ground.shop())?;
    stage.landfall(&["apply", "shop/dev"])?.exits(1)?.says("ANOTHER_ENGINE")?.says("say in `placement`")?;
    stage.hides("30s")?;
    stage.landfall(&["destroy", "shop/dev", "--delete-data"])?.exits(0)?;
    stage.ground.environment(&stage.ground.shop())?;
    stage.landfall(&["apply", "shop/dev"])?.exits(0)?;
    stage.hides("30s")?;
    stage.landfall(&["apply", "shop/dev"])?.exits(1)?.says("Infrastructure Manager has a deployment shop-dev")?;
    assert_eq!(stage.kept()?, json!({}));
    Ok(())
}

#[test]
fn what_the_sandbox_has_no_provider_for_and_a_program_that_is_not_there_are_refused() -> Told {
    let stage = Stage::new()?;
    let without = |name: &str, value: &str| {
        let mut command = stage.command(&["plan", "shop/dev"]);
        command.env(name, value);
        ran(command.spawn()?)
    };
    without("TF_REATTACH_PROVIDERS", "")?
        .exits(1)?
        .says("take `engine` out of `placement` to try the same document")?;
    without("TF_REATTACH_PROVIDERS", "{}")?.exits(1)?.says("TF_REATTACH_PROVIDERS")?;
    without("PATH", "/nowhere")?.exits(1)?.says("install terraform 1.5 or a later 1")?;
    let old = "#!/bin/sh\necho '{\"terraform_version\": \"1.4.6\"}'\n";
    fs::write(stage.ground.path("bin/terraform"), old)?;
    stage.landfall(&["plan", "shop/dev"])?.exits(1)?.says("`terraform`, which is 1.4.6: install")?;
    Ok(())
}

#[test]
fn the_document_is_the_same_whoever_carries_it_out() -> Told {
    let stage = Stage::new()?;
    let rendered = || -> Result<String, Box<dyn Error>> { Ok(stage.landfall(&["render", "shop/dev"])?.exits(0)?.out) };
    let by_program = rendered()?;
    stage.ground.environment(&stage.ground.shop())?;
    assert_eq!(rendered()?, by_program);
    Ok(())
}
