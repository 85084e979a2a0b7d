from vidkompy.cli import main

if __name__ == "__main__":
    main()
