"""The one training loop for the gradient-trained models: batches, schedules, early stopping, checkpoints."""
