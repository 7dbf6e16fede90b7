//! What a tool is: its input, its answer, what a call may touch, how it fails
