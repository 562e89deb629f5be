//! Which flags were typed: some belong to some methods only, and a default is no contradiction.

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches};

/// The flags on the command line, by their fields' names.
///
/// As a field it stands before all fields that it speaks of: clap's derived code takes values out of the matches one field
/// after the other.
#[derive(Clone, Debug)]
pub(super) struct GivenFlags(Vec<String>);

impl GivenFlags {
    /// Whether a flag was typed.
    pub(super) fn has(&self, field: &str) -> bool {
        self.0.iter().any(|given| given == field)
    }
}

impl FromArgMatches for GivenFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let typed = |id: &&clap::Id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine);
        Ok(Self(matches.ids().filter(typed).map(ToString::to_string).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for GivenFlags {
    fn augment_args(command: Command) -> Command {
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}
