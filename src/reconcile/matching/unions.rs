//! Who belongs together, as disjoint sets.

/// Disjoint sets of nodes.
pub(super) struct Unions {
    parent: Vec<u32>,
}

/// Sets of nodes in one row: a million small vectors would take longer to make than to look at.
#[derive(Default)]
pub(super) struct Components {
    nodes: Vec<u32>,
    ends: Vec<usize>,
}

impl Components {
    /// Each set with its nodes rising.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(&0).chain(&self.ends);
        let bounds = starts.zip(&self.ends);
        bounds.map(|(start, end)| self.nodes.get(*start..*end).unwrap_or_default())
    }
}

impl Unions {
    /// Every node by itself.
    pub(super) fn new(nodes: usize) -> Self {
        Self {
            parent: (0..nodes as u32).collect(),
        }
    }

    /// Puts the sets of two nodes together. The smaller node becomes the root, so the result does not depend on order.
    pub(super) fn unite(&mut self, left: u32, right: u32) {
        let (left, right) = (self.root(left), self.root(right));
        let (low, high) = (left.min(right), left.max(right));
        self.set_parent(high, low);
    }

    /// The sets with more than one node, one after the other.
    pub(super) fn components(mut self) -> Components {
        let mut by_root: Vec<(u32, u32)> = Vec::new();
        for node in 0..self.parent.len() as u32 {
            let root = self.root(node);
            if root != node {
                by_root.push((root, node));
            }
        }
        by_root.sort_unstable();
        let mut components = Components::default();
        for set in by_root.chunk_by(|left, right| left.0 == right.0) {
            let root = set.first().map(|(root, _)| *root);
            components.nodes.extend(root);
            components.nodes.extend(set.iter().map(|(_, node)| *node));
            components.ends.push(components.nodes.len());
        }
        components
    }

    fn root(&mut self, mut node: u32) -> u32 {
        loop {
            let parent = self.parent_of(node);
            if parent == node {
                return node;
            }
            let grandparent = self.parent_of(parent);
            self.set_parent(node, grandparent);
            node = grandparent;
        }
    }

    fn parent_of(&self, node: u32) -> u32 {
        self.parent.get(node as usize).copied().unwrap_or(node)
    }

    fn set_parent(&mut self, node: u32, parent: u32) {
        if let Some(place) = self.parent.get_mut(node as usize) {
            *place = parent;
        }
    }
}
