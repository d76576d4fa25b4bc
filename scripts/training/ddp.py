#!/usr/bin/env python3
"""The network, data and batches of AllReduceSgd.java as PyTorch DistributedDataParallel (gloo).

Reads RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT; without them it trains alone.
Exit codes: 0 the loss fell, 1 it did not or a member was lost, 2 wrong usage.
"""

import argparse
import csv
import datetime
import gzip
import os
import sys

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

INPUTS, HIDDEN, OUTPUTS = 64, 32, 10


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="digits.csv.gz")
    parser.add_argument("--curve", help="file for the loss of every epoch")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch", type=int, default=96)
    parser.add_argument("--learning-rate", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patience-seconds", type=int, default=60)
    return parser.parse_args()


def join_gang(patience_seconds):
    """Returns this member's rank and the number of members, once all are there."""
    for name, alone in (("RANK", "0"), ("WORLD_SIZE", "1"), ("MASTER_ADDR", "127.0.0.1")):
        os.environ.setdefault(name, alone)
    os.environ.setdefault("MASTER_PORT", "0" if os.environ["WORLD_SIZE"] == "1" else "29500")
    distributed.init_process_group(
        "gloo", timeout=datetime.timedelta(seconds=patience_seconds)
    )
    return distributed.get_rank(), distributed.get_world_size()


def read_digits(path):
    """Returns pixels in [0, 1] and labels, for training and for the test."""
    with gzip.open(path, "rt") as lines:
        cells = torch.tensor([[float(cell) for cell in row] for row in csv.reader(lines)])
    pixels, labels = cells[:, :INPUTS] / 16, cells[:, INPUTS].long()
    for_test = torch.arange(len(cells)) % 5 == 4
    return pixels[~for_test], labels[~for_test], pixels[for_test], labels[for_test]


def run_epoch(model, optimizer, pixels, labels, order, batch, rank, size):
    """Returns the mean loss over one pass through the training rows."""
    loss_sum = torch.zeros(1)
    for rows in order.split(batch):
        mine = rows[rank::size]
        loss = nn.functional.cross_entropy(model(pixels[mine]), labels[mine], reduction="sum")
        optimizer.zero_grad()
        # DistributedDataParallel takes the mean over members; the step needs the mean over rows.
        (loss * size / len(rows)).backward()
        optimizer.step()
        loss_sum += loss.detach()
    distributed.all_reduce(loss_sum)
    return loss_sum.item() / len(order)


def main():
    options = parse_options()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    rank, size = join_gang(options.patience_seconds)
    pixels, labels, test_pixels, test_labels = read_digits(options.data)
    network = nn.Sequential(nn.Linear(INPUTS, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, OUTPUTS))
    model = DistributedDataParallel(network)
    optimizer = torch.optim.SGD(model.parameters(), lr=options.learning_rate)

    curve = []
    for epoch in range(1, options.epochs + 1):
        shuffle = torch.Generator().manual_seed(options.seed * 1_000_003 + epoch)
        order = torch.randperm(len(pixels), generator=shuffle)
        curve.append(
            run_epoch(model, optimizer, pixels, labels, order, options.batch, rank, size)
        )
        if rank == 0:
            print(f"epoch {epoch:2d} loss {curve[-1]:.6f}", flush=True)
    distributed.destroy_process_group()

    if rank == 0:
        right = (network(test_pixels).argmax(1) == test_labels).float().mean().item()
        print(f"test accuracy {right:.4f}", flush=True)
        if options.curve:
            with open(options.curve, "w", encoding="utf-8") as file:
                file.write("epoch,loss\n")
                file.writelines(f"{at},{loss}\n" for at, loss in enumerate(curve, 1))
    if not curve[-1] < curve[0]:  # true for NaN, too
        print(f"ddp: the loss went from {curve[0]:.6f} to {curve[-1]:.6f}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
