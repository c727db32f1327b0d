//! The order of updates of nodes.

use super::graph::Graph;

/// Nodes at one distance from the start of their component. No two of them are neighbours, so they
/// may be updated in any order or in parallel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Level {
    pub(super) reviewers: Vec<u32>,
    pub(super) cells: Vec<u32>,
    pub(super) slots: Vec<u32>,
}

const UNSEEN: u32 = u32::MAX;

/// Orders nodes breadth first, from the node with most neighbours of each component. Among ties
/// cells come before reviewers before reviews, and all ties of a kind start together, so that
/// numbering has no effect. Nodes without neighbours are left out.
pub(super) fn breadth_first(graph: &Graph) -> Vec<Level> {
    let mut walk = Walk::new(graph);
    let mut starts: Vec<(u32, u32)> = (0..(graph.cells() + graph.reviewers()) as u32)
        .map(|node| (walk.neighbours(node), node))
        .filter(|(neighbours, _)| *neighbours > 1)
        .collect();
    // Cells have the lowest numbers, so they win ties.
    starts.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, node) in starts {
        walk.component(node);
    }
    // A review between two nodes without other reviews is the only node with two neighbours.
    let first_slot = (graph.cells() + graph.reviewers()) as u32;
    for slot in 0..graph.reviews() as u32 {
        walk.component(first_slot + slot);
    }
    walk.levels()
}

/// Nodes have consecutive numbers: cells, reviewers, slots.
struct Walk<'a> {
    graph: &'a Graph,
    distance: Vec<u32>,
    queue: Vec<u32>,
}

impl<'a> Walk<'a> {
    fn new(graph: &'a Graph) -> Self {
        let nodes = graph.cells() + graph.reviewers() + graph.reviews();
        Self {
            graph,
            distance: vec![UNSEEN; nodes],
            queue: Vec::new(),
        }
    }

    fn neighbours(&self, node: u32) -> u32 {
        let node = node as usize;
        let cells = self.graph.cells();
        if node < cells {
            self.graph.in_cell(node).len() as u32
        } else if node < cells + self.graph.reviewers() {
            self.graph.by_reviewer(node - cells).len() as u32
        } else {
            2
        }
    }

    fn kind(&self, node: u32) -> u8 {
        let cells = self.graph.cells();
        let node = node as usize;
        u8::from(node >= cells) + u8::from(node >= cells + self.graph.reviewers())
    }

    /// Measures the component of `start` unless it is known.
    fn component(&mut self, start: u32) {
        if self.distance[start as usize] != UNSEEN {
            return;
        }
        let members = self.spread(&[start]);
        let rank = |walk: &Self, node: u32| (walk.neighbours(node), walk.kind(node));
        let first = rank(self, start);
        let tied: Vec<u32> = members
            .iter()
            .copied()
            .filter(|node| rank(self, *node) == first)
            .collect();
        if tied.len() > 1 {
            for node in members {
                self.distance[node as usize] = UNSEEN;
            }
            self.queue = self.spread(&tied);
        } else {
            self.queue = members;
        }
        self.queue.clear();
    }

    /// Sets the distances from the starts; returns the reached nodes, nearest first.
    fn spread(&mut self, starts: &[u32]) -> Vec<u32> {
        let graph = self.graph;
        let (cells, reviewers) = (graph.cells(), graph.reviewers());
        let first_slot = (cells + reviewers) as u32;
        let mut reached = std::mem::take(&mut self.queue);
        reached.extend(starts);
        for node in starts {
            self.distance[*node as usize] = 0;
        }
        let mut head = 0;
        while head < reached.len() {
            let node = reached[head] as usize;
            head += 1;
            let further = self.distance[node] + 1;
            let distance = &mut self.distance;
            let mut see = |next: u32| {
                let known = &mut distance[next as usize];
                if *known == UNSEEN {
                    *known = further;
                    reached.push(next);
                }
            };
            if node < cells {
                for slot in graph.in_cell(node) {
                    see(first_slot + slot as u32);
                }
            } else if node < cells + reviewers {
                for slot in graph.by_reviewer(node - cells) {
                    see(first_slot + slot);
                }
            } else {
                let slot = node - first_slot as usize;
                see(graph.cell_at(slot) as u32);
                see((cells + graph.reviewer_at(slot)) as u32);
            }
        }
        reached
    }

    fn levels(self) -> Vec<Level> {
        let (cells, reviewers) = (self.graph.cells(), self.graph.reviewers());
        let mut levels: Vec<Level> = Vec::new();
        for (node, distance) in self.distance.iter().enumerate() {
            if *distance == UNSEEN {
                continue;
            }
            let distance = *distance as usize;
            if levels.len() <= distance {
                levels.resize_with(distance + 1, Level::default);
            }
            let level = &mut levels[distance];
            if node < cells {
                level.cells.push(node as u32);
            } else if node < cells + reviewers {
                level.reviewers.push((node - cells) as u32);
            } else {
                level.slots.push((node - cells - reviewers) as u32);
            }
        }
        levels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(cells: &[u32], reviewers: &[u32], slots: &[u32]) -> Level {
        Level {
            reviewers: reviewers.to_vec(),
            cells: cells.to_vec(),
            slots: slots.to_vec(),
        }
    }

    #[test]
    fn levels_start_at_the_largest_node() {
        // Cell 0 has three reviews, reviewer 2 connects to cell 1, and cell 2 is empty.
        let graph = Graph::new(&[0, 1, 2, 2], &[0, 0, 0, 1], 4, 3).unwrap();
        let expected = vec![
            level(&[0], &[], &[]),
            level(&[], &[], &[0, 1, 2]),
            level(&[], &[0, 1, 2], &[]),
            level(&[], &[], &[3]),
            level(&[1], &[], &[]),
        ];
        assert_eq!(breadth_first(&graph), expected);
    }

    #[test]
    fn ties_start_together_and_single_reviews_alone() {
        // A chain of two cells with two reviews each, and a separate review.
        let graph = Graph::new(&[0, 1, 1, 2, 3], &[0, 0, 1, 1, 2], 4, 3).unwrap();
        let expected = vec![
            level(&[0, 1], &[], &[4]),
            level(&[2], &[3], &[0, 1, 2, 3]),
            level(&[], &[0, 1, 2], &[]),
        ];
        assert_eq!(breadth_first(&graph), expected);
        assert!(breadth_first(&Graph::new(&[], &[], 2, 2).unwrap()).is_empty());
    }
}
