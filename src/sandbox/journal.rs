//! What came and what went in a stand-in's state, request by request: for whoever has to know more than how it ended.
//!
//! Knows nothing of what the facts say; whoever watches says what they are.

/// One fact that came or went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The fact (`on Staff: ada@acme.example`), as whoever watches words it.
    pub fact: String,
    /// Whether it came; it went otherwise.
    pub came: bool,
}

/// Tells what is so, one fact a line.
type Facts<T> = dyn Fn(&T) -> Vec<String> + Send;

/// Follows the facts of a state.
pub(crate) struct Journal<T> {
    facts: Box<Facts<T>>,
    known: Vec<String>,
    turns: Vec<Turn>,
}

impl<T> Journal<T> {
    /// Begins with what is so now.
    pub(crate) fn of(state: &T, facts: impl Fn(&T) -> Vec<String> + Send + 'static) -> Self {
        let mut journal = Self {
            facts: Box::new(facts),
            known: Vec::new(),
            turns: Vec::new(),
        };
        journal.overlook(state);
        journal
    }

    /// A request was answered: notes what came and what went. A fact that is there twice came twice.
    pub(crate) fn look(&mut self, state: &T) {
        let mut went = std::mem::take(&mut self.known);
        self.overlook(state);
        for fact in &self.known {
            match went.iter().position(|known| known == fact) {
                Some(place) => drop(went.swap_remove(place)),
                None => self.turns.push(Turn {
                    fact: fact.clone(),
                    came: true,
                }),
            }
        }
        self.turns
            .extend(went.into_iter().map(|fact| Turn { fact, came: false }));
    }

    /// Somebody else changed the state: that is none of the turns.
    pub(crate) fn overlook(&mut self, state: &T) {
        self.known = (self.facts)(state);
        self.known.sort_unstable();
    }

    /// Everything so far, in order.
    pub(crate) fn turns(&self) -> &[Turn] {
        &self.turns
    }
}
