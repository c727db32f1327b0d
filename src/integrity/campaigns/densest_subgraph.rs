//! The densest part of a bipartite graph, by greedy peeling.
//!
//! The node that adds least is taken away again and again; the best of all stages is at least half
//! as dense as the densest there is (Charikar, APPROX 2000; with weights that fall with degree,
//! FRAUDAR: Hooi et al., KDD 2016). Weights are whole numbers, so sums are exact in any order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// An edge between a left and a right node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) left: u32,
    pub(super) right: u32,
    pub(super) weight: u64,
}

/// The left nodes of the densest stage, ascending. Among equals the lower number goes later.
pub(super) fn densest_subgraph(left: u32, right: u32, edges: &[Edge]) -> Vec<u32> {
    let count = (left + right) as usize;
    let mut near: Vec<Vec<(usize, u64)>> = vec![Vec::new(); count];
    let mut degree = vec![0_u64; count];
    let mut total = 0_u64;
    for edge in edges {
        let (a, b) = (edge.left as usize, (left + edge.right) as usize);
        near[a].push((b, edge.weight));
        near[b].push((a, edge.weight));
        degree[a] += edge.weight;
        degree[b] += edge.weight;
        total += edge.weight;
    }
    let mut heap: BinaryHeap<Reverse<(u64, Reverse<usize>)>> = (0..count)
        .map(|node| Reverse((degree[node], Reverse(node))))
        .collect();
    let mut gone_at = vec![usize::MAX; count];
    let (mut best, mut best_density) = (0, -1.0);
    let mut step = 0;
    while step < count {
        let density = total as f64 / (count - step) as f64;
        if density > best_density {
            (best, best_density) = (step, density);
        }
        let Some(Reverse((weight, Reverse(node)))) = heap.pop() else {
            break;
        };
        if gone_at[node] != usize::MAX || weight != degree[node] {
            continue;
        }
        gone_at[node] = step;
        step += 1;
        total -= degree[node];
        for (other, weight) in &near[node] {
            if gone_at[*other] == usize::MAX {
                degree[*other] -= weight;
                heap.push(Reverse((degree[*other], Reverse(*other))));
            }
        }
    }
    (0..left)
        .filter(|node| gone_at[*node as usize] >= best)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn densest_block_is_found_despite_camouflage() {
        let mut edges = Vec::new();
        let mut join = |left, right| {
            edges.push(Edge {
                left,
                right,
                weight: 1,
            });
        };
        // Cells 0 to 2 share authors 0 to 5; cell 3 has one of them and a stranger.
        for cell in 0..3 {
            (0..6).for_each(|author| join(cell, author));
        }
        join(3, 0);
        join(3, 6);
        assert_eq!(densest_subgraph(4, 7, &edges), [0, 1, 2]);
        assert_eq!(densest_subgraph(2, 0, &[]), [0, 1]);
        assert_eq!(densest_subgraph(0, 0, &[]), [0_u32; 0]);
    }
}
