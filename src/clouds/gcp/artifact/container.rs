//! The container of a workload, as Cloud Run takes it.

use serde_json::{Value, json};

use crate::clouds::gcp::draft::{Draft, at};
use crate::clouds::gcp::variable::Variables;
use crate::diagnostics::finding::Finding;
use crate::model::artifact::Architecture;
use crate::model::reference::Reference;
use crate::model::units::Size;

/// Processors with the least and the most memory of each in MiB (Cloud Run documentation, "Configure CPU limits" and "Configure
/// memory limits").
const SIZES: [(u64, u64, u64); 5] =
    [(1, 512, 4_096), (2, 512, 8_192), (4, 2_048, 16_384), (6, 4_096, 24_576), (8, 4_096, 32_768)];

/// The processors and the memory of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::clouds::gcp) struct Room {
    processors: u64,
    mebibytes: u64,
}

/// The smallest room with at least so many thousandths of a processor and so much memory; none where there is none as large.
pub(in crate::clouds::gcp) fn room(thousandths: u64, memory: Size) -> Option<Room> {
    let asked = memory.as_mebibytes();
    SIZES
        .iter()
        .find(|(processors, _, most)| processors * 1_000 >= thousandths && *most >= asked)
        .map(|(processors, least, _)| Room { processors: *processors, mebibytes: asked.max(*least) })
}

/// The room for a workload; nothing, and a finding, where there is none as large.
pub(in crate::clouds::gcp) fn needed(
    draft: &mut Draft<'_>,
    of: &Reference,
    thousandths: u64,
    memory: Size,
) -> Option<Room> {
    let room = room(thousandths, memory);
    if room.is_none() {
        draft.refuse(
            "gcp-container-size",
            of,
            &["memory"],
            format!("{} processors and {memory}", thousandths as f64 / 1_000.0),
            "Cloud Run's containers end at 8 processors and 32 GiB",
            "ask for less, and for more copies",
        );
    }
    room
}

/// Refuses processors that Cloud Run hasn't.
pub(in crate::clouds::gcp) fn processor(draft: &mut Draft<'_>, of: &Reference, architecture: Architecture) {
    match architecture {
        Architecture::X86_64 => {}
        Architecture::Aarch64 => draft.findings.push(
            Finding::refused("gcp-architecture", at(of, &["architecture"]), "a 64-bit Arm processor")
                .why("Cloud Run runs images for x86_64 only, and Arm is what a workload gets that names none")
                .fix("write `architecture: x86_64`"),
        ),
    }
}

/// A container with its image, what it is told, and its room.
pub(in crate::clouds::gcp) fn render(image: &Value, arguments: Vec<Value>, variables: &Variables, room: Room) -> Value {
    json!({
        "image": image,
        "args": (!arguments.is_empty()).then_some(arguments),
        "env": (!variables.written.is_empty()).then_some(&variables.written),
        "resources": { "limits": { "cpu": room.processors.to_string(), "memory": format!("{}Mi", room.mebibytes) } },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_gets_the_smallest_room_that_holds_what_is_asked() {
        let room = |thousandths, mebibytes| {
            room(thousandths, Size::mebibytes(mebibytes)).map(|room| (room.processors, room.mebibytes))
        };
        assert_eq!(room(250, 256), Some((1, 512)));
        assert_eq!(room(1_000, 4_096), Some((1, 4_096)));
        assert_eq!(room(1_000, 4_097), Some((2, 4_097)));
        assert_eq!(room(4_000, 1_024), Some((4, 2_048)));
        assert_eq!(room(16_000, 1_024), None);
    }
}
