//! The steps of a scenario, as far as they can be read without running it.

use serde_json::{Map, Value as Json};

use crate::mistake::Mistake;

/// One step.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Step {
    /// Creates a socket.
    Create {
        /// The name of the socket.
        socket: String,
        /// Which host it is on.
        host: usize,
        /// Made by `new Socket`, not by `createSocket`.
        is_new: bool,
        /// The arguments as they are written.
        args: Vec<Json>,
        /// Which events get a tracing listener right away.
        events: Vec<String>,
        /// What the trace's line is to be known by.
        label: Option<String>,
    },
    /// Calls a method.
    Call {
        /// Of which socket.
        socket: String,
        /// Which method.
        method: String,
        /// The arguments as they are written.
        args: Vec<Json>,
        /// What the trace's line is to be known by.
        label: Option<String>,
    },
    /// Reads a property.
    Get {
        /// Of which socket.
        socket: String,
        /// Which property.
        property: String,
    },
    /// Goes on once the trace has enough lines like this.
    Wait {
        /// What the lines have; `true` is any value.
        wanted: Map<String, Json>,
        /// How many lines.
        count: usize,
    },
    /// Goes on once nothing happens any more.
    Settle,
    /// Asks whether the event loop would end.
    Idle,
    /// Aborts the controller of a signal.
    Abort(String),
    /// Adds rules to a block list.
    BlockList {
        /// The list's name.
        list: String,
        /// The rules as they are written.
        rules: Vec<Json>,
    },
    /// Answers a question to a scripted lookup.
    Answer {
        /// The lookup's name.
        lookup: String,
        /// Which of its open questions.
        question: usize,
    },
    /// Overwrites bytes of a named buffer.
    Mutate {
        /// The buffer's name.
        buffer: String,
        /// Where.
        at: usize,
        /// By what, as it is written.
        bytes: Json,
    },
    /// Ends the callback by an exception.
    Throw,
}

const EVENTS: [&str; 5] = ["listening", "connect", "message", "error", "close"];

const KINDS: [&str; 11] = [
    "create",
    "call",
    "get",
    "wait",
    "settle",
    "idle",
    "abort",
    "blocklist",
    "answer",
    "mutate",
    "throw",
];

impl Step {
    /// Reads a step; one inside of a callback must not wait.
    ///
    /// # Errors
    /// What is no step, or one in a place where it makes no sense.
    pub fn parse(json: &Json, is_nested: bool) -> Result<Self, Mistake> {
        let fields = Fields(json);
        let kind = KINDS.into_iter().find(|kind| json.get(kind).is_some());
        match (kind, is_nested) {
            (Some("wait" | "settle" | "idle"), true) => {
                return Err(fields.wrong("cannot stand inside a callback"));
            }
            (Some("throw"), false) => return Err(fields.wrong("belongs into a callback")),
            _ => {}
        }
        Ok(match kind {
            Some("create") => Self::create(&fields)?,
            Some("call") => Self::Call {
                socket: fields.text("socket")?,
                method: fields.text("call")?,
                args: fields.list("args")?,
                label: fields.optional_text("as"),
            },
            Some("get") => Self::Get {
                socket: fields.text("socket")?,
                property: fields.text("get")?,
            },
            Some("wait") => Self::wait(&fields)?,
            Some("settle") => Self::Settle,
            Some("idle") => Self::Idle,
            Some("abort") => Self::Abort(fields.text("abort")?),
            Some("blocklist") => Self::BlockList {
                list: fields.text("blocklist")?,
                rules: fields.list("rules")?,
            },
            Some("answer") => Self::Answer {
                lookup: fields.text("answer")?,
                question: fields.number("question", 0)?,
            },
            Some("mutate") => Self::Mutate {
                buffer: fields.text("mutate")?,
                at: fields.number("at", 0)?,
                bytes: json.get("bytes").cloned().unwrap_or_default(),
            },
            Some("throw") => Self::Throw,
            _ => return Err(fields.wrong("is not a step")),
        })
    }

    fn create(fields: &Fields<'_>) -> Result<Self, Mistake> {
        let events = match fields.0.get("events") {
            None => EVENTS.map(String::from).to_vec(),
            Some(_) => fields
                .list("events")?
                .iter()
                .map(|event| event.as_str().unwrap_or_default().to_owned())
                .collect(),
        };
        Ok(Self::Create {
            socket: fields.text("create")?,
            host: fields.number("host", 0)?,
            is_new: fields.0.get("new") == Some(&Json::Bool(true)),
            args: fields.list("args")?,
            events,
            label: fields.optional_text("as"),
        })
    }

    fn wait(fields: &Fields<'_>) -> Result<Self, Mistake> {
        let wanted = fields.0.get("wait").and_then(Json::as_object);
        let mut wanted = wanted
            .ok_or_else(|| fields.wrong("must say what it waits for"))?
            .clone();
        let count = match wanted.shift_remove("count") {
            None => 1,
            Some(count) => count
                .as_u64()
                .and_then(|count| usize::try_from(count).ok())
                .ok_or_else(|| fields.wrong("must count lines"))?,
        };
        Ok(Self::Wait { wanted, count })
    }
}

/// The members of a step.
struct Fields<'a>(&'a Json);

impl Fields<'_> {
    fn text(&self, key: &str) -> Result<String, Mistake> {
        self.optional_text(key)
            .ok_or_else(|| self.wrong(&format!("must have a text \"{key}\"")))
    }

    fn optional_text(&self, key: &str) -> Option<String> {
        self.0.get(key).and_then(Json::as_str).map(String::from)
    }

    fn list(&self, key: &str) -> Result<Vec<Json>, Mistake> {
        match self.0.get(key) {
            None => Ok(Vec::new()),
            Some(list) => list
                .as_array()
                .cloned()
                .ok_or_else(|| self.wrong(&format!("must have a list \"{key}\""))),
        }
    }

    fn number(&self, key: &str, default: usize) -> Result<usize, Mistake> {
        let Some(number) = self.0.get(key) else {
            return Ok(default);
        };
        number
            .as_u64()
            .and_then(|number| usize::try_from(number).ok())
            .ok_or_else(|| self.wrong(&format!("must have a number \"{key}\"")))
    }

    fn wrong(&self, what: &str) -> Mistake {
        Mistake::new(format!("{} {what}", self.0))
    }
}
