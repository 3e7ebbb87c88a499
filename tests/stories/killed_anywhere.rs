//! Runs that are killed before and after every single call, and what `recover` makes of each: on Azure and Google Cloud, as the matrix
//! does it on AWS.

use std::error::Error;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Child;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;

use crate::ground::{Ground, SCENES, Scene, Told};

/// Stands before the sandbox, counts the calls to the cloud, and kills the program at one of them.
struct Way {
    child: Mutex<Option<Child>>,
    calls: Mutex<usize>,
    /// The call, and whether it is still carried out.
    end: (usize, bool),
}

impl Way {
    fn kill(&self) {
        if let Some(mut child) = self.child.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Takes one request through; every connection carries one.
    fn pass(&self, mut client: TcpStream, to: &str) -> std::io::Result<()> {
        let mut head = Vec::new();
        let mut byte = [0u8; 1];
        while !head.ends_with(b"\r\n\r\n") {
            if client.read(&mut byte)? == 0 {
                return Ok(());
            }
            head.push(byte[0]);
        }
        let text = String::from_utf8_lossy(&head).into_owned();
        let length = text
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
        let mut body = vec![0u8; length.unwrap_or(0)];
        client.read_exact(&mut body)?;
        let counted = text.lines().next().is_some_and(|line| !line.contains(" /_sandbox"));
        let here = {
            let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
            *calls += usize::from(counted);
            counted && *calls == self.end.0
        };
        if here && !self.end.1 {
            self.kill();
            return Ok(());
        }
        let mut server = TcpStream::connect(to)?;
        let (line, rest) = text.split_once("\r\n").unwrap_or_default();
        write!(server, "{line}\r\nconnection: close\r\n{rest}")?;
        server.write_all(&body)?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer)?;
        if here {
            self.kill();
            return Ok(());
        }
        client.write_all(&answer)
    }
}

/// Runs the program until it has made that many calls, and kills it there; whether it came so far.
fn killed_at(ground: &Ground, arguments: &[&str], call: usize, carried_out: bool) -> Result<bool, Box<dyn Error>> {
    let to = ground.url().trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let notice = ground.path(".landfall/sandbox/sandbox.json");
    let kept = fs::read(&notice)?;
    let url = format!("http://{}", listener.local_addr()?);
    fs::write(&notice, json!({"format_version": 1, "url": url, "process": 0}).to_string())?;
    let way = Arc::new(Way { child: Mutex::default(), calls: Mutex::default(), end: (call, carried_out) });
    let served = Arc::clone(&way);
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (way, to) = (Arc::clone(&served), to.clone());
            std::thread::spawn(move || way.pass(client, &to));
        }
    });
    // The lock is on the child while it starts, so that it can't be missed.
    let mut held = way.child.lock().unwrap_or_else(PoisonError::into_inner);
    *held = Some(ground.start(arguments)?);
    drop(held);
    let came = loop {
        let mut child = way.child.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(running) = child.as_mut() else { break true };
        if running.try_wait()?.is_some() {
            break false;
        }
        drop(child);
        std::thread::sleep(std::time::Duration::from_millis(5));
    };
    fs::write(&notice, kept)?;
    Ok(came)
}

/// Kills a verb at every call; `before` brings a project to where it starts, `after` says how it has to end.
fn everywhere(
    scene: &'static Scene,
    arguments: &[&str],
    before: impl Fn(&Ground) -> Told,
    after: impl Fn(&Ground) -> Told,
) -> Told {
    let mut call = 1;
    loop {
        let mut came = true;
        for carried_out in [false, true] {
            let ground = Ground::on(scene)?;
            before(&ground)?;
            came &= killed_at(&ground, arguments, call, carried_out)?;
            let told = || -> Told {
                let recovered = ground.landfall(&["recover", "shop/dev"])?.exits(0)?;
                // Killed before its intent was written, there is nothing to recover, and the verb is run again.
                if recovered.out.contains("Nothing to recover") || recovered.err.contains("Nothing to recover") {
                    ground.landfall(arguments)?.exits(0)?;
                }
                after(&ground)?;
                ground.is_sound()
            };
            told().map_err(|error| format!("killed at call {call}, carried out: {carried_out}: {error}"))?;
        }
        if !came {
            break;
        }
        call += 1;
    }
    assert!(call > 5, "only {call} calls");
    Ok(())
}

fn of(cloud: &str) -> Result<&'static Scene, Box<dyn Error>> {
    Ok(SCENES.iter().find(|scene| scene.cloud == cloud).ok_or("no such cloud")?)
}

fn an_apply(scene: &'static Scene) -> Told {
    let deployed = |ground: &Ground| {
        assert_eq!(ground.stack()?.as_deref(), Some(scene.states[0]));
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?.says("No changes").map(|_| ())
    };
    everywhere(scene, &["apply", "shop/dev"], |_| Ok(()), deployed)
}

fn an_update(scene: &'static Scene) -> Told {
    let changed = |ground: &Ground| {
        ground.landfall(&["apply", "shop/dev"])?.exits(0)?;
        ground.hides_longer()
    };
    let updated = |ground: &Ground| {
        assert!(ground.hidden()?.contains(&scene.values[1].to_owned()));
        Ok(())
    };
    everywhere(scene, &["apply", "shop/dev"], changed, updated)
}

fn a_destroy(scene: &'static Scene) -> Told {
    let deployed = |ground: &Ground| ground.landfall(&["apply", "shop/dev"])?.exits(0).map(|_| ());
    let gone = |ground: &Ground| {
        assert_eq!(ground.stack()?, None);
        Ok(())
    };
    everywhere(scene, &["destroy", "shop/dev", "--delete-data"], deployed, gone)
}

#[test]
fn an_apply_on_azure_that_is_killed_at_any_call_ends_where_it_would_have_ended() -> Told {
    an_apply(of("azure")?)
}

#[test]
fn an_update_on_azure_that_is_killed_at_any_call_ends_where_it_would_have_ended() -> Told {
    an_update(of("azure")?)
}

#[test]
fn a_destroy_on_azure_that_is_killed_at_any_call_ends_where_it_would_have_ended() -> Told {
    a_destroy(of("azure")?)
}

#[test]
fn an_apply_on_google_cloud_that_is_killed_at_any_call_ends_where_it_would_have_ended() -> Told {
    an_apply(of("gcp")?)
}

#[test]
fn an_update_on_google_cloud_that_is_killed_at_any_call_ends_where_it_would_have_ended() -> Told {
    an_update(of("gcp")?)
}

#[test]
fn a_destroy_on_google_cloud_that_is_killed_at_any_call_ends_where_it_would_have_ended() -> Told {
    a_destroy(of("gcp")?)
}
