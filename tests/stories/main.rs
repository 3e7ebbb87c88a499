//! Stories: the real program against the sandbox, one behaviour a file. `ground` is what they stand on.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a story runs the program in a folder of its own and asks its sandbox")]

mod ground;

mod blue_and_green;
mod branch;
mod built;
mod bundle;
mod copies;
mod cost;
mod denied;
mod deployed_release;
mod diff;
mod drift;
mod expired;
mod explained;
mod failed_create;
mod failed_destroy;
mod failed_undo;
mod failed_update;
mod failover;
mod flag;
mod gate;
mod graph;
mod images;
mod interrupted;
mod killed;
mod ledger_in_a_bucket;
mod lifecycle;
mod local;
mod locked;
mod lost_answers;
mod many_targets;
mod migrations;
mod no_room;
mod no_secrets;
mod no_targets;
mod nothing_undone;
mod observe;
mod pipelines;
mod plan_files;
mod portability;
mod postgres;
mod probe;
mod promoted;
mod protected;
mod pruned;
mod rebuilt_ledger;
mod release;
mod replica;
mod rolled_back;
mod rollout;
mod rotate;
mod runbook;
mod scene;
mod shared_ledger;
mod site;
mod sound_ledger;
mod status;
mod status_page;
mod switched;
mod three_environments;
mod throttled;
mod whole_system;
mod wrong_account;
