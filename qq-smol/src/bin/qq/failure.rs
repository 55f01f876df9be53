//! Why the command ends with something else than 0.

use std::io;

use qq_proto::{ConfigError, Halt};
use qq_smol::{OptionsError, StartError, WebhookError};

/// How it ended, with a sentence that says what to do.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line or the environment is wrong.
    Usage(String),
    /// It can never work like this.
    Never(String),
    /// It may work later.
    Later(String),
    /// It can never work like this, and what to do about it has been printed.
    Told,
    /// Nobody reads the output any more; not a failure.
    Unread,
}

impl Failure {
    pub(crate) const USAGE: u8 = 1;

    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => Self::USAGE,
            Self::Never(_) | Self::Told => 2,
            Self::Later(_) => 3,
            Self::Unread => 0,
        }
    }

    pub(crate) fn words(&self) -> Option<&str> {
        match self {
            Self::Usage(words) | Self::Never(words) | Self::Later(words) => Some(words),
            Self::Told | Self::Unread => None,
        }
    }

    /// A shard that will not try again by itself.
    pub(crate) fn halted(reason: &Halt) -> Self {
        Self::Never(format!("{reason}; {}", reason.advice()))
    }

    /// Writing to the standard output failed.
    pub(crate) fn output(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::Unread
        } else {
            Self::Later(format!("the output cannot be written: {error}"))
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<OptionsError> for Failure {
    fn from(error: OptionsError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match &error {
            // Another program may have the address now.
            StartError::Webhook(WebhookError::Bind { .. }) => Self::Later(error.to_string()),
            StartError::Config(_) | StartError::Options(_) | StartError::Webhook(_) => {
                Self::Usage(error.to_string())
            }
            StartError::Halted { .. } | StartError::Credentials { .. } => Self::Never(error.to_string()),
            StartError::Stopped | _ => Self::Later(error.to_string()),
        }
    }
}
