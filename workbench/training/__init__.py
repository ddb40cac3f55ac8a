"""The room of torch, transformers, peft and scikit-learn: recipes that run in workers.

Every recipe is ``run(context) -> dict`` over a ``JobContext``. Language models are trained as a
stated proxy of full LoRA: the hidden states below the last blocks are computed once a row and
kept by content, LoRA sits in the last blocks, the softmax covers the tokens of the pool, and
every run takes a fixed number of optimiser steps. Nothing is imported here, so that the
server can name a recipe without loading torch.
"""
