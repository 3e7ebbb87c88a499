//! What holds after every run, whatever was done to it. Read from the stored bytes and from the sandbox, not through landfall.

use std::collections::BTreeMap;
use std::io::Read as _;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::Told;
use crate::cloud::{Cloud, PROJECT};
use crate::field::{CANARY, Field, STACK};
use crate::ledger::Store;
use crate::proxy::Call;
use crate::wire::ask;

/// Watches each change at the moment at which it is about to be made.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    pub(crate) store: Store,
    /// The sandbox's address, past every proxy.
    pub(crate) sandbox: String,
}

impl Guard {
    /// Every change in the cloud has its open intent recorded before it, and the process that makes it holds the lock.
    pub(crate) fn before_change(&self, call: &Call, process: u32) -> Told {
        // Writes to the ledger are what is checked by all the rest; objects named by their digest change nothing.
        if call.object {
            return Ok(());
        }
        if call.name == "DeleteStack" && self.is_shell(call.form.get("StackName").map_or("", String::as_str))? {
            return Ok(());
        }
        let chain = self.store.chain()?;
        let lock = &chain.lock;
        if lock["held"] != true || lock["holder"]["process"] != process || lock["epoch"] != chain.head["epoch"] {
            return Err(format!("invariant 1: process {process} does not hold the lock: {lock}").into());
        }
        let open = chain.open().ok_or("invariant 3: no intent is recorded before it")?;
        match &call.token {
            Some(token) if token != open => {
                Err(format!("invariant 3: its token {token} is not the open intent {open}").into())
            }
            _ => Ok(()),
        }
    }

    /// Whether a stack is nothing but what a change set brought along.
    fn is_shell(&self, stack: &str) -> Told<bool> {
        let stacks = admin(&self.sandbox, "stacks")?;
        let stacks = stacks["stacks"].as_array().cloned().unwrap_or_default();
        let mut named = stacks.iter().filter(|one| one["id"] == stack || one["name"] == stack);
        Ok(named.all(|one| one["status"] == "REVIEW_IN_PROGRESS" || one["status"] == "DELETE_COMPLETE"))
    }
}

fn admin(sandbox: &str, path: &str) -> Told<Value> {
    let (_, body) = ask(sandbox, (Cloud::Aws, "admin"), "GET", &format!("/_sandbox/{path}"), "")?;
    Ok(serde_json::from_slice(&body)?)
}

impl Field {
    /// What holds after any run at all. Each breach is said with the number of the invariant in front.
    pub(crate) fn breaches(&self) -> Told<Vec<String>> {
        let chain = match self.store().chain() {
            Ok(chain) => chain,
            Err(breach) => return Ok(vec![format!("invariant 2: {breach}")]),
        };
        let mut breaches = Vec::new();
        let mut holders: BTreeMap<u64, &Value> = BTreeMap::new();
        let mut epoch = 0;
        let mut open: Option<&Value> = None;
        for entry in &chain.entries {
            let (sequence, own) = (&entry["sequence"], entry["epoch"].as_u64().unwrap_or(0));
            if own < epoch {
                breaches.push(format!("invariant 1: entry {sequence} has epoch {own} after {epoch}"));
            }
            epoch = epoch.max(own);
            if *holders.entry(own).or_insert(&entry["by"]) != &entry["by"] {
                breaches.push(format!("invariant 1: two holders wrote in epoch {own}"));
            }
            let record = &entry["record"];
            match record["kind"].as_str() {
                Some("intent") if open.is_some() => {
                    breaches.push(format!("invariant 3: entry {sequence} begins before the one before it ended"));
                }
                Some("intent") => open = Some(&record["id"]),
                Some("outcome") if open != Some(&record["intent"]) => {
                    breaches.push(format!("invariant 3: entry {sequence} ends what was not begun"));
                }
                Some("outcome") => open = None,
                _ => {}
            }
        }
        let of = |cell: &Value| cell["epoch"].as_u64().unwrap_or(0);
        let (head, lock) = (of(&chain.head), of(&chain.lock));
        if epoch > head || head > lock || lock > head + 1 {
            breaches.push(format!("invariant 1: epochs of the entries {epoch}, the head {head}, the lock {lock}"));
        }
        if open.is_none()
            && let Some(outcome) = chain.outcome()
        {
            breaches.extend(self.outcome_is_true(outcome)?);
        }
        breaches.extend(self.secrets()?);
        Ok(breaches)
    }

    /// "Done" means that the stack reached its end and has the document that was recorded.
    fn outcome_is_true(&self, outcome: &Value) -> Told<Option<String>> {
        let stack = self.stack()?;
        let said = outcome["ending"].as_str().unwrap_or_default();
        let served = stack.as_deref().is_some_and(|status| self.cloud.serves(status));
        let wrong = match said {
            "succeeded" | "nothing-to-do" if !served => Some(format!("the stack is {stack:?}")),
            "succeeded" | "nothing-to-do" => {
                let digest = format!("sha256:{}", hex::encode(Sha256::digest(self.document(outcome)?)));
                (outcome["document"] != digest).then(|| format!("the stack's document is {digest}"))
            }
            "destroyed" => stack.map(|status| format!("the stack is {status}")),
            _ => None,
        };
        Ok(wrong.map(|wrong| format!("invariant 4: the ledger says {said} of {}, {wrong}", outcome["document"])))
    }

    /// No secret is in any byte that was written.
    fn secrets(&self) -> Told<Option<String>> {
        for file in crate::field::files(self.root())? {
            let bytes = std::fs::read(&file)?;
            if bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes()) {
                return Ok(Some(format!("invariant 6: the secret key is in {}", file.display())));
            }
        }
        Ok(None)
    }

    /// What holds once the one command is through: nothing is open, nobody holds the lock, no change set is left.
    pub(crate) fn unsettled(&self) -> Told<Vec<String>> {
        let chain = self.store().chain()?;
        let mut left = Vec::new();
        if let Some(open) = chain.open() {
            left.push(format!("invariant 5: the intent {open} is open"));
        }
        if chain.lock["held"] == true {
            left.push("invariant 1: the lock is held by nobody who lives".to_owned());
        }
        Ok(left)
    }

    /// What the cloud holds, with names of its own making put aside, so that two runs can be compared.
    pub(crate) fn picture(&self) -> Told<String> {
        let resources = admin(self.address(), "resources")?;
        let resources = resources["resources"].as_array().cloned().unwrap_or_default();
        let mut names = BTreeMap::new();
        for resource in &resources {
            if let (Some(id), Some(logical)) = (resource["id"].as_str(), resource["owner"]["logical_id"].as_str()) {
                names.insert(id.to_owned(), format!("<{logical}>"));
            }
        }
        let mut lines: Vec<String> = resources
            .iter()
            .map(|one| format!("{} {} {}", one["kind"], one["owner"]["logical_id"], one["properties"]))
            .collect();
        lines.sort();
        let mut picture = format!("{STACK}: {:?}\n{}", self.stack()?, lines.join("\n"));
        for (id, name) in names {
            picture = picture.replace(&id, &name);
        }
        Ok(picture)
    }

    /// The status of the target's stack; none where there is none, or nothing but a shell.
    pub(crate) fn stack(&self) -> Told<Option<String>> {
        let stacks = admin(self.address(), "stacks")?;
        let stacks = stacks["stacks"].as_array().cloned().unwrap_or_default();
        let mut live =
            stacks.iter().filter(|stack| stack["name"] == STACK).filter_map(|stack| stack["status"].as_str());
        Ok(live.find(|status| !matches!(*status, "DELETE_COMPLETE" | "REVIEW_IN_PROGRESS")).map(str::to_owned))
    }

    /// The document of the target's stack, as it was sent. Azure gives the same JSON back in bytes of its own: where it is what this
    /// outcome says, these are the bytes on record.
    fn document(&self, outcome: &Value) -> Told<Vec<u8>> {
        let address = self.address();
        match self.cloud {
            Cloud::Aws => {
                let form = format!("Action=GetTemplate&Version=2010-05-15&StackName={STACK}&TemplateStage=Original");
                let (_, body) = ask(address, (Cloud::Aws, "cloudformation"), "POST", "/", &form)?;
                let body = String::from_utf8(body)?;
                let (_, rest) = body.split_once("<TemplateBody>").ok_or_else(|| format!("no template: {body}"))?;
                let (text, _) = rest.split_once("</TemplateBody>").ok_or("no end of the template")?;
                Ok(quick_xml::escape::unescape(text)?.into_owned().into_bytes())
            }
            Cloud::Azure => {
                let stacks = admin(address, "stacks")?;
                let stacks = stacks["stacks"].as_array().cloned().unwrap_or_default();
                let found = stacks.iter().find(|stack| stack["name"] == STACK).ok_or("no stack")?;
                let id = found["id"].as_str().unwrap_or_default();
                let path = format!("{id}/exportTemplate?api-version=2024-03-01");
                let (_, body) = ask(address, (Cloud::Azure, "stacks"), "POST", &path, "")?;
                let answer: Value = serde_json::from_slice(&body)?;
                let digest = outcome["document"].as_str().unwrap_or_default().trim_start_matches("sha256:");
                let kept = self.store().read(&format!("documents/{digest}"))?.ok_or("the document is not kept")?;
                let same = serde_json::from_slice::<Value>(&kept)? == answer["template"];
                Ok(if same { kept } else { answer["template"].to_string().into_bytes() })
            }
            Cloud::Gcp => {
                let path = format!("/v1/projects/{PROJECT}/locations/us-central1/deployments/{STACK}");
                let (_, body) = ask(address, (Cloud::Gcp, "config"), "GET", &path, "")?;
                let found: Value = serde_json::from_slice(&body)?;
                let source = found["terraformBlueprint"]["gcsSource"].as_str().ok_or("no source")?;
                let (path, generation) = source.trim_start_matches("gs:/").split_once('#').ok_or("no generation")?;
                let path = format!("{path}?generation={generation}");
                let (_, archive) = ask(address, (Cloud::Gcp, "objects"), "GET", &path, "")?;
                let mut archive = zip::ZipArchive::new(std::io::Cursor::new(archive))?;
                let mut text = Vec::new();
                archive.by_name("main.tf.json")?.read_to_end(&mut text)?;
                Ok(text)
            }
        }
    }

    /// The names of the change sets that the target's stack has; only AWS keeps any with it.
    pub(crate) fn change_sets(&self) -> Told<Vec<String>> {
        if self.cloud != Cloud::Aws {
            return Ok(Vec::new());
        }
        let form = format!("Action=ListChangeSets&Version=2010-05-15&StackName={STACK}");
        let (_, body) = ask(self.address(), (Cloud::Aws, "cloudformation"), "POST", "/", &form)?;
        let body = String::from_utf8(body)?;
        let names = body.split("<ChangeSetName>").skip(1).filter_map(|rest| rest.split_once("</ChangeSetName>"));
        Ok(names.map(|(name, _)| name.to_owned()).collect())
    }
}
