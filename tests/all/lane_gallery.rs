//! Topologies of the lane graph as drawings.
