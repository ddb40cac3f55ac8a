"""``workbench demo``: the main job on real data, from a fresh home to a paid leaderboard."""
