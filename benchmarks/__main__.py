"""`make bench`: every timing in one run, as ratios against peers where there are peers."""

from benchmarks import simulation, stages

if __name__ == "__main__":
    stages.main()
    simulation.main()
