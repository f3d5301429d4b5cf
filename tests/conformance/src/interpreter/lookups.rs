//! Scripted lookups and rules of block lists: what a scenario says about addresses beside its calls.

use anydgram_core::{Address, Errno, Host};
use serde_json::Value as Json;

use super::Interpreter;
use crate::backend::{BlockRule, Reply};
use crate::mistake::Mistake;

/// A question that waits for its answer.
pub(super) struct Question {
    lookup: String,
    answer: Json,
    reply: Reply,
}

impl Interpreter {
    /// Answers a question now, later, at a step, or never.
    pub(super) fn respond(&self, lookup: &str, answer: Json, reply: Reply) {
        let question = Question {
            lookup: lookup.to_owned(),
            answer,
            reply,
        };
        let when = question.answer.get("when").and_then(Json::as_str);
        match when.unwrap_or("now") {
            "now" => self.reply(question),
            "deferred" => self.defer(move |interpreter| interpreter.reply(question)),
            "answer" => self.questions.borrow_mut().push(question),
            "never" => {}
            other => self.note(Mistake::new(format!("unknown \"when\": {other}"))),
        }
    }

    fn reply(&self, question: Question) {
        match self.outcome(&question.answer) {
            Ok(outcome) => (question.reply)(outcome),
            Err(mistake) => self.note(mistake),
        }
    }

    fn outcome(&self, answer: &Json) -> Result<Result<Address, Errno>, Mistake> {
        if let Some(error) = answer.get("error") {
            let code = error.get("with").and_then(|with| with.get("code"));
            return Ok(Err(errno(code.and_then(Json::as_str))));
        }
        let text = answer.get("address").and_then(Json::as_str);
        let text = text.ok_or_else(|| Mistake::new(format!("not an answer: {answer}")))?;
        let text = self.symbols.borrow().expand_to_text(text)?;
        match Host::parse(&text) {
            Host::Ip(address) => Ok(Ok(address)),
            Host::Default | Host::Name(_) => Err(Mistake::new(format!(
                "\"{text}\" is no address: only JavaScript can answer so"
            ))),
        }
    }

    /// Takes an `answer` step.
    pub(super) fn answer(&self, lookup: &str, question: usize) -> Result<(), Mistake> {
        let mut questions = self.questions.borrow_mut();
        let mut of_lookup = questions
            .iter()
            .enumerate()
            .filter(|(_, one)| one.lookup == lookup);
        let position = of_lookup.nth(question).map(|(position, _)| position);
        drop(of_lookup);
        let position = position.ok_or_else(|| {
            Mistake::new(format!(
                "lookup \"{lookup}\" has no open question {question}"
            ))
        })?;
        let question = questions.remove(position);
        drop(questions);
        self.reply(question);
        Ok(())
    }

    /// Takes a `blocklist` step.
    pub(super) fn block(&self, list: &str, rules: &[Json]) -> Result<(), Mistake> {
        let list = self.block_list(list);
        for rule in rules {
            let rule = self
                .rule(rule)
                .ok_or_else(|| Mistake::new(format!("not a rule: {rule}")))?;
            self.backend().block(list, rule);
        }
        Ok(())
    }

    fn rule(&self, rule: &Json) -> Option<BlockRule> {
        if let Some(address) = rule.get("address") {
            return self.address(address).map(BlockRule::Address);
        }
        if let Some(range) = rule.get("range") {
            let end = |index| self.address(range.get(index)?);
            return Some(BlockRule::Range(end(0)?, end(1)?));
        }
        let subnet = rule.get("subnet")?;
        let prefix = subnet.get(1)?.as_u64()?;
        let network = self.address(subnet.get(0)?)?;
        Some(BlockRule::Subnet(network, u8::try_from(prefix).ok()?))
    }

    fn address(&self, text: &Json) -> Option<Address> {
        let text = self.symbols.borrow().expand_to_text(text.as_str()?).ok()?;
        Address::parse(&text)
    }
}

/// The error number that Node's code names; what a typed lookup cannot say is a permanent failure.
fn errno(code: Option<&str>) -> Errno {
    let numbers = (1..134).chain(3001..3009);
    let mut known = numbers.map(Errno::from_linux);
    known
        .find(|errno| Some(errno.name()) == code)
        .unwrap_or(Errno::EAIFAIL)
}
