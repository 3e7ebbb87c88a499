//! Every exit code of landfall. Scripts depend on them: a number is never given a second meaning.

use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: what was asked for is done.
    Done,
    /// 1: it failed; the message says why.
    Failed,
    /// 2: there are differences; only where `--detailed-exitcode` asks for it.
    Differences,
    /// 3: refused, somebody has to decide: a stale plan, a missing approval, a gate, an incompatible rollback.
    Refused,
    /// 4: another run holds the target.
    Locked,
    /// 5: interrupted, or the cloud is still at work; `landfall recover` finishes it.
    Interrupted,
    /// 64: the command line is wrong (`EX_USAGE` of BSD's sysexits); not 2, which means differences.
    Usage,
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Differences => 2,
            Exit::Refused => 3,
            Exit::Locked => 4,
            Exit::Interrupted => 5,
            Exit::Usage => 64,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}
